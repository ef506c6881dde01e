import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { NOBODY } from '../shared/scope.js';
import { type Sandbox } from './sandbox.js';
import { SandboxEntity } from './sandbox.entity.js';
import { type Spare } from './spare.js';

/** What a claim binds. */
export type Binding = Pick<Sandbox, 'owner' | 'createdAt' | 'lastActiveAt' | 'expiresAt' | 'idleExpiresAt'>;

/** `spareStateOf` says `ready`, and nobody asked for its end. */
const READY = `deleted_at IS NULL AND desired_state = 'running' AND
               observed_state = 'running' AND observed_generation >= generation`;

/** The rows of spares, from their first write to the claim that makes them a client's sandboxes. */
@Injectable()
export class SparesRepository {
  constructor(private readonly transactions: Transactions) {}

  /** All that are wanted, in whatever state, the oldest first. */
  async list(): Promise<Sandbox[]> {
    return this.transactions.manager.find(SandboxEntity, {
      where: { spareKey: Not(IsNull()), deletedAt: IsNull() },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** Those that may be handed out, the oldest first. */
  async listReady(profileId: string, key: string, limit: number): Promise<Spare[]> {
    return this.transactions.manager
      .createQueryBuilder(SandboxEntity, 's')
      .select('s.id', 'id')
      .addSelect('s.public_id', 'publicId')
      .addSelect('s.workspace_id', 'workspaceId')
      .addSelect('s.session_id', 'sessionId')
      .addSelect('s.profile_id', 'profileId')
      .addSelect('s.spare_key', 'key')
      .where(`s.profile_id = :profileId AND s.spare_key = :key AND s.session_id IS NOT NULL AND ${READY}`, {
        profileId,
        key,
      })
      .orderBy('s.created_at')
      .addOrderBy('s.id')
      .limit(limit)
      .getRawMany<Spare>();
  }

  /**
   * Makes the spare a client's. One statement decides: of any number who try, in all replicas, one gets the row. Neither
   * intent nor observation changes, so that its session goes on.
   */
  async claim({ id, key }: Pick<Spare, 'id' | 'key'>, binding: Binding): Promise<Sandbox | null> {
    const { affected } = await this.transactions.manager
      .createQueryBuilder()
      .update(SandboxEntity)
      .set({ ...binding, spareKey: null, spareImage: null })
      .where(`id = :id AND spare_key = :key AND ${READY}`, { id, key })
      .execute();
    return affected === 1 ? this.transactions.manager.findOneBy(SandboxEntity, { id }) : null;
  }

  /** Asks for its end. The row as it is then; null when it was claimed meanwhile, or is gone. */
  async retire(id: string, now: number): Promise<Sandbox | null> {
    const { affected } = await this.transactions.manager
      .createQueryBuilder()
      .update(SandboxEntity)
      .set({ desiredState: 'deleted', deletedAt: now, generation: () => 'generation + 1' })
      .where('id = :id AND owner = :nobody AND spare_key IS NOT NULL AND deleted_at IS NULL', { id, nobody: NOBODY })
      .execute();
    return affected === 1 ? this.transactions.manager.findOneBy(SandboxEntity, { id }) : null;
  }
}
