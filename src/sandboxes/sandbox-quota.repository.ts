import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type Scope, SYSTEM } from '../shared/scope.js';
import { QuotaLockEntity } from './quota-lock.entity.js';
import { SandboxEntity } from './sandbox.entity.js';

/** What is counted, spares left out. A start that failed, and what ended by itself, hold no place; whoever starts them again takes one. */
const COUNTED = {
  sandboxes: 's.deleted_at IS NULL',
  running: `s.desired_state = 'running' AND
            NOT (s.observed_generation >= s.generation AND s.observed_state IN ('failed', 'lost'))`,
} as const;
export type Counted = keyof typeof COUNTED;

/** Numbers of sandboxes, from their rows: what is wanted counts from its commit on, and nothing can drift. */
@Injectable()
export class SandboxQuotaRepository {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Keeps every other unit with the same scope waiting here until this one ends. Two units that only counted would not see
   * each other's rows and both pass.
   */
  async lock(scope: Scope): Promise<void> {
    const id = scope === SYSTEM ? 'installation' : `owner:${scope.owner}`;
    if (await this.touch(id)) return;
    await this.transactions.manager
      .createQueryBuilder()
      .insert()
      .into(QuotaLockEntity)
      .values({ id, taken: 0 })
      .orIgnore()
      .execute();
    await this.touch(id);
  }

  count(scope: Scope, counted: Counted): Promise<number> {
    const query = this.transactions.manager
      .createQueryBuilder(SandboxEntity, 's')
      .where(`s.spare_key IS NULL AND ${COUNTED[counted]}`);
    if (scope !== SYSTEM) query.andWhere('s.owner = :owner', { owner: scope.owner });
    return query.getCount();
  }

  private async touch(id: string): Promise<boolean> {
    const { affected } = await this.transactions.manager.update(QuotaLockEntity, { id }, { taken: 1 });
    return affected === 1;
  }
}
