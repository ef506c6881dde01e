import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { ownedBy, type Scope } from '../shared/scope.js';
import { type Ship } from './ship.js';
import { ShipEntity } from './ship.entity.js';

/** The rows of ships. They go with their sandbox's row, by the database. */
@Injectable()
export class ShipsRepository {
  constructor(private readonly transactions: Transactions) {}

  private get manager(): EntityManager {
    return this.transactions.manager;
  }

  /** False when its session id has a current ship already; on PostgreSQL it waits for others that insert the same. */
  async claim(ship: Ship): Promise<boolean> {
    await this.manager.createQueryBuilder().insert().into(ShipEntity).values(ship).orIgnore().execute();
    return this.manager.existsBy(ShipEntity, { sandboxId: ship.sandboxId });
  }

  async find(scope: Scope, sandboxId: string): Promise<Ship | null> {
    return this.manager.findOneBy(ShipEntity, { sandboxId, ...ownedBy(scope) });
  }

  async findCurrent(scope: Scope, sessionId: string): Promise<Ship | null> {
    return this.manager.findOneBy(ShipEntity, { sessionId, isCurrent: true, ...ownedBy(scope) });
  }

  /** Newest first. */
  async list(scope: Scope): Promise<Ship[]> {
    return this.manager.find(ShipEntity, {
      where: ownedBy(scope),
      order: { createdAt: 'DESC', sandboxId: 'DESC' },
    });
  }

  /** The session's ships stay its own, but none of them is the current one. */
  async putAside(scope: Scope, sessionId: string): Promise<void> {
    await this.manager.update(ShipEntity, { sessionId, isCurrent: true, ...ownedBy(scope) }, { isCurrent: false });
  }

  /** Takes the session's ships from it. Tells whether there were any. */
  async detach(scope: Scope, sessionId: string): Promise<boolean> {
    const detached = { sessionId: null, isCurrent: false };
    const { affected } = await this.manager.update(ShipEntity, { sessionId, ...ownedBy(scope) }, detached);
    return (affected ?? 0) > 0;
  }

  /** Of the session's other ships the newest becomes the current one, if this one was it. */
  async remove(ship: Ship): Promise<void> {
    const { sandboxId, owner, sessionId, isCurrent } = ship;
    await this.manager.delete(ShipEntity, { sandboxId });
    if (!isCurrent || sessionId === null) return;
    const next = await this.manager.findOne(ShipEntity, { where: { owner, sessionId }, order: { createdAt: 'DESC' } });
    if (next) await this.manager.update(ShipEntity, { sandboxId: next.sandboxId }, { isCurrent: true });
  }
}
