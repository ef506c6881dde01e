import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan, Not } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { NOBODY, ownedBy, type Scope } from '../shared/scope.js';
import { type Workspace } from './workspace.js';
import { WorkspaceEntity } from './workspace.entity.js';

export interface WorkspacePage {
  readonly limit: number;
  readonly managed: boolean;
  /** Keyset: rows behind this one, newest first. */
  readonly after: { readonly createdAtMs: number; readonly id: string } | null;
}

@Injectable()
export class WorkspacesRepository {
  constructor(private readonly transactions: Transactions) {}

  async insert(workspace: Workspace): Promise<void> {
    await this.transactions.manager.insert(WorkspaceEntity, workspace);
  }

  async findById(scope: Scope, id: string): Promise<Workspace | null> {
    return this.transactions.manager.findOneBy(WorkspaceEntity, { id, ...ownedBy(scope) });
  }

  async find(scope: Scope, publicId: string): Promise<Workspace | null> {
    return this.transactions.manager.findOneBy(WorkspaceEntity, { publicId, deletedAt: IsNull(), ...ownedBy(scope) });
  }

  /** Whether a row, tombstones included, has this public id. */
  async isTaken(publicId: string): Promise<boolean> {
    return this.transactions.manager.existsBy(WorkspaceEntity, { publicId });
  }

  /** One row more than asked for tells whether there is a next page. */
  async list(scope: Scope, { limit, managed, after }: WorkspacePage): Promise<Workspace[]> {
    const query = this.transactions.manager
      .createQueryBuilder(WorkspaceEntity, 'w')
      .where({ managed, deletedAt: IsNull(), ...ownedBy(scope) });
    if (after) {
      query.andWhere('(w.created_at < :at OR (w.created_at = :at AND w.id < :id))', {
        at: after.createdAtMs,
        id: after.id,
      });
    }
    return query
      .orderBy('w.created_at', 'DESC')
      .addOrderBy('w.id', 'DESC')
      .take(limit + 1)
      .getMany();
  }

  /** Only what is a client's own, not another sandbox's, and not deleted. False where there is no such workspace. */
  async attach(scope: Scope, publicId: string, now: number): Promise<boolean> {
    const result = await this.transactions.manager.update(
      WorkspaceEntity,
      { publicId, managed: false, deletedAt: IsNull(), ...ownedBy(scope) },
      { lastAccessedAt: now },
    );
    return result.affected === 1;
  }

  /** Only what nobody has yet. */
  async handTo(id: string, owner: string, now: number): Promise<void> {
    const where = { id, owner: NOBODY, deletedAt: IsNull() };
    await this.transactions.manager.update(WorkspaceEntity, where, { owner, createdAt: now, lastAccessedAt: now });
  }

  /** False where there is none, or it is buried already. */
  async bury(scope: Scope, publicId: string, now: number): Promise<boolean> {
    const result = await this.transactions.manager.update(
      WorkspaceEntity,
      { publicId, deletedAt: IsNull(), ...ownedBy(scope) },
      { deletedAt: now },
    );
    return result.affected === 1;
  }

  /** Those that were deleted by themselves and whose volume is still there. */
  async listBuriedExternal(limit: number): Promise<string[]> {
    const rows = await this.transactions.manager.find(WorkspaceEntity, {
      select: { id: true },
      where: { managed: false, deletedAt: Not(IsNull()), volumeRef: Not(IsNull()) },
      take: limit,
    });
    return rows.map(({ id }) => id);
  }

  /** Never moves it back. */
  async touch(id: string, at: number): Promise<void> {
    const where = { id, lastAccessedAt: LessThan(at) };
    await this.transactions.manager.update(WorkspaceEntity, where, { lastAccessedAt: at });
  }

  async saveVolume(id: string, volumeRef: string, now: number): Promise<void> {
    await this.transactions.manager.update(WorkspaceEntity, { id }, { volumeRef, lastAccessedAt: now });
  }

  /** Only managed ones end with their sandbox. */
  async buryManaged(id: string, now: number): Promise<void> {
    await this.transactions.manager.update(
      WorkspaceEntity,
      { id, managed: true, deletedAt: IsNull() },
      { deletedAt: now },
    );
  }

  async dropVolume(id: string): Promise<void> {
    await this.transactions.manager.update(WorkspaceEntity, { id }, { volumeRef: null });
  }

  /** Which of these have a tombstone and, as far as is known, no volume any more. */
  async filterRemoved(publicIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.transactions.manager.find(WorkspaceEntity, {
      select: { publicId: true },
      where: { publicId: In([...publicIds]), deletedAt: Not(IsNull()), volumeRef: IsNull() },
    });
    return new Set(rows.map((row) => row.publicId));
  }

  /** Which of these have a row, a tombstone or not. */
  async filterKnown(publicIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.transactions.manager.find(WorkspaceEntity, {
      select: { publicId: true },
      where: { publicId: In([...publicIds]) },
    });
    return new Set(rows.map((row) => row.publicId));
  }

  async forget(deletedBefore: number): Promise<number> {
    const result = await this.transactions.manager
      .createQueryBuilder()
      .delete()
      .from(WorkspaceEntity)
      .where('deleted_at < :deletedBefore AND volume_ref IS NULL', { deletedBefore })
      .execute();
    return result.affected ?? 0;
  }
}
