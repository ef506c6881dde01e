import { Injectable } from '@nestjs/common';
import { PreparedFind } from '../database/prepared-find.js';
import { Transactions } from '../database/transactions.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { type ApiKey } from './api-key.js';

export interface KeyPage {
  readonly limit: number;
  /** null: of everybody. */
  readonly owner: string | null;
  /** Keyset: rows behind this one, newest first. */
  readonly after: { readonly createdAtMs: number; readonly id: string } | null;
}

/** The keys of all owners: administrators alone come here, and the guard, which does not know the owner yet. */
@Injectable()
export class KeysRepository {
  private readonly byHash = new PreparedFind(ApiKeyEntity, ['hash']);

  constructor(private readonly transactions: Transactions) {}

  async insert(key: ApiKey): Promise<void> {
    await this.transactions.manager.insert(ApiKeyEntity, key);
  }

  findByHash(hash: string): Promise<ApiKey | null> {
    return this.byHash.one(this.transactions.manager, { hash });
  }

  find(publicId: string): Promise<ApiKey | null> {
    return this.transactions.manager.findOneBy(ApiKeyEntity, { publicId });
  }

  /** One row more than asked for tells whether there is a next page. */
  async list({ limit, owner, after }: KeyPage): Promise<ApiKey[]> {
    const query = this.transactions.manager
      .createQueryBuilder(ApiKeyEntity, 'k')
      .where(owner === null ? {} : { owner });
    if (after) {
      query.andWhere('(k.created_at < :at OR (k.created_at = :at AND k.id < :id))', {
        at: after.createdAtMs,
        id: after.id,
      });
    }
    return query
      .orderBy('k.created_at', 'DESC')
      .addOrderBy('k.id', 'DESC')
      .take(limit + 1)
      .getMany();
  }

  /** False where it is gone already. */
  async remove(id: string): Promise<boolean> {
    const { affected } = await this.transactions.manager.delete(ApiKeyEntity, { id });
    return affected === 1;
  }

  async markUsed(id: string, at: number): Promise<void> {
    await this.transactions.manager.update(ApiKeyEntity, { id }, { lastUsedAt: at });
  }
}
