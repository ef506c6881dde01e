import { Injectable } from '@nestjs/common';
import { LessThanOrEqual } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { IdempotencyKeyEntity, type IdempotencyKeyRow } from './idempotency-key.entity.js';

export type KeyOfOwner = Pick<IdempotencyKeyRow, 'owner' | 'key'>;

/** Runs inside its caller's unit. */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly transactions: Transactions) {}

  /** Inserts the row unless its key is there already, and gives back the one that is. An expired one gives way. */
  async claim(row: IdempotencyKeyRow, now: number): Promise<IdempotencyKeyRow> {
    const { manager } = this.transactions;
    const { owner, key } = row;
    await manager.delete(IdempotencyKeyEntity, { owner, key, expiresAtMs: LessThanOrEqual(now) });
    await manager.createQueryBuilder().insert().into(IdempotencyKeyEntity).values(row).orIgnore().execute();
    return manager.findOneByOrFail(IdempotencyKeyEntity, { owner, key });
  }

  /** Writes into a row without an answer. False: it has one, or is gone. */
  async complete({ owner, key }: KeyOfOwner, status: number, response: string): Promise<boolean> {
    const pending = { owner, key, status: 0 };
    const { affected } = await this.transactions.manager.update(IdempotencyKeyEntity, pending, { status, response });
    return affected === 1;
  }

  /** Removes a row without an answer. */
  async release({ owner, key }: KeyOfOwner): Promise<void> {
    await this.transactions.manager.delete(IdempotencyKeyEntity, { owner, key, status: 0 });
  }

  async removeExpired(now: number): Promise<number> {
    const { affected } = await this.transactions.manager.delete(IdempotencyKeyEntity, {
      expiresAtMs: LessThanOrEqual(now),
    });
    return affected ?? 0;
  }
}
