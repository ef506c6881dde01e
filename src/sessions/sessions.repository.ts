import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { type Session } from './session.js';
import { SessionEntity } from './session.entity.js';

/** The rows of sessions. They belong to their sandbox, whose scope was checked before. */
@Injectable()
export class SessionsRepository {
  constructor(private readonly transactions: Transactions) {}

  /** Fails on the unique index while another session of the sandbox has not ended. */
  async insert(session: Session): Promise<void> {
    await this.transactions.manager.insert(SessionEntity, session);
  }

  async findCurrent(sandboxId: string): Promise<Session | null> {
    return this.transactions.manager.findOneBy(SessionEntity, { sandboxId, state: Not('ended') });
  }

  async find(id: string): Promise<Session | null> {
    return this.transactions.manager.findOneBy(SessionEntity, { id });
  }

  async saveHandle(id: string, handle: string): Promise<void> {
    await this.transactions.manager.update(SessionEntity, { id }, { handle });
  }

  /** Only a session that is still starting becomes ready. */
  async markRunning(id: string, ready: Pick<Session, 'endpoint' | 'readyAt'>): Promise<boolean> {
    const result = await this.transactions.manager.update(
      SessionEntity,
      { id, state: 'starting' },
      { ...ready, state: 'running' },
    );
    return result.affected === 1;
  }

  async markEnded(id: string, endedAt: number): Promise<void> {
    await this.transactions.manager.update(SessionEntity, { id, state: Not('ended') }, { state: 'ended', endedAt });
  }

  /** Which of these are not ended. */
  async filterLive(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.transactions.manager
      .createQueryBuilder(SessionEntity, 's')
      .select('s.id', 'id')
      .where("s.id IN (:...ids) AND s.state <> 'ended'", { ids })
      .getRawMany<{ id: string }>();
    return new Set(rows.map((row) => row.id));
  }

  async listHandles(ids: readonly string[]): Promise<{ id: string; handle: string }[]> {
    if (ids.length === 0) return [];
    return this.transactions.manager
      .createQueryBuilder(SessionEntity, 's')
      .select('s.id', 'id')
      .addSelect('s.handle', 'handle')
      .where("s.id IN (:...ids) AND s.state = 'running' AND s.handle IS NOT NULL", { ids })
      .getRawMany<{ id: string; handle: string }>();
  }

  async listEndpoints(ids: readonly string[]): Promise<{ id: string; endpoint: string }[]> {
    if (ids.length === 0) return [];
    return this.transactions.manager
      .createQueryBuilder(SessionEntity, 's')
      .select('s.id', 'id')
      .addSelect('s.endpoint', 'endpoint')
      .where("s.id IN (:...ids) AND s.state = 'running' AND s.endpoint IS NOT NULL", { ids })
      .getRawMany<{ id: string; endpoint: string }>();
  }

  async forget(endedBefore: number): Promise<number> {
    const result = await this.transactions.manager
      .createQueryBuilder()
      .delete()
      .from(SessionEntity)
      .where("state = 'ended' AND ended_at < :endedBefore", { endedBefore })
      .execute();
    return result.affected ?? 0;
  }
}
