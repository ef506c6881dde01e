import { Injectable } from '@nestjs/common';
import { Brackets, type EntityManager, In, LessThan, type SelectQueryBuilder } from 'typeorm';
import { PreparedInsert } from '../database/prepared-insert.js';
import { Transactions } from '../database/transactions.js';
import { ownedBy, type Scope } from '../shared/scope.js';
import { type Annotation, type ExecType, type HistoryEntry, type HistoryPayload } from './history-entry.js';
import { HistoryEntryEntity } from './history-entry.entity.js';
import { HistoryPayloadEntity } from './history-payload.entity.js';

export interface HistoryFilter {
  /** As clients know it. */
  readonly sandboxId: string | null;
  readonly execType: ExecType | null;
  readonly successOnly: boolean;
  /** Any of these, as part of the tags, whatever their case. */
  readonly tags: readonly string[];
  readonly hasNotes: boolean;
  readonly hasDescription: boolean;
}

export interface HistoryPage {
  readonly limit: number;
  readonly offset: number;
  /** Keyset: rows behind this one, newest first. */
  readonly after: { readonly createdAtMs: number; readonly id: string } | null;
}

const INSERT_ENTRY = new PreparedInsert(HistoryEntryEntity);
const INSERT_PAYLOAD = new PreparedInsert(HistoryPayloadEntity);

/** The rows of finished executions, and what did not fit into them. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly transactions: Transactions) {}

  private get manager(): EntityManager {
    return this.transactions.manager;
  }

  async insert(entry: HistoryEntry, payload: HistoryPayload | null): Promise<void> {
    if (payload) await INSERT_PAYLOAD.one(this.manager, payload);
    await INSERT_ENTRY.one(this.manager, entry);
  }

  /** One row more than asked for tells whether there is a next page. */
  list(scope: Scope, filter: HistoryFilter, page: HistoryPage): Promise<HistoryEntry[]> {
    const query = this.query(scope, filter).orderBy('h.createdAt', 'DESC').addOrderBy('h.id', 'DESC');
    if (page.after) {
      const { createdAtMs, id } = page.after;
      query.andWhere('(h.created_at < :at OR (h.created_at = :at AND h.id < :id))', { at: createdAtMs, id });
    }
    return query
      .offset(page.offset)
      .limit(page.limit + 1)
      .getMany();
  }

  count(scope: Scope, filter: HistoryFilter): Promise<number> {
    return this.query(scope, filter).getCount();
  }

  find(scope: Scope, sandboxId: string, publicId: string): Promise<HistoryEntry | null> {
    return this.manager.findOneBy(HistoryEntryEntity, { ...ownedBy(scope), sandboxId, publicId });
  }

  async annotate(scope: Scope, id: string, changes: Partial<Annotation>): Promise<void> {
    await this.manager.update(HistoryEntryEntity, { ...ownedBy(scope), id }, changes);
  }

  findPayload(scope: Scope, id: string): Promise<HistoryPayload | null> {
    return this.manager.findOneBy(HistoryPayloadEntity, { ...ownedBy(scope), id });
  }

  /** Of those that ended before `before`, `most` at a time. */
  async idsBefore(before: number, most: number): Promise<string[]> {
    return ids(
      await this.manager.find(HistoryEntryEntity, {
        select: { id: true },
        where: { createdAt: LessThan(before) },
        order: { createdAt: 'ASC' },
        take: most,
      }),
    );
  }

  /** Owners or sandboxes with more than `keep` rows. */
  beyond(column: 'owner' | 'sandboxId', keep: number): Promise<string[]> {
    return this.withMoreThan(keep, HistoryEntryEntity, column);
  }

  /** The oldest rows of one owner or sandbox beyond the newest `keep`, `most` at a time. */
  async idsBeyond(where: { owner: string } | { sandboxId: string }, keep: number, most: number): Promise<string[]> {
    const order = { createdAt: 'DESC', id: 'DESC' } as const;
    return ids(
      await this.manager.find(HistoryEntryEntity, { select: { id: true }, where, order, skip: keep, take: most }),
    );
  }

  async remove(entries: readonly string[]): Promise<void> {
    await this.manager.delete(HistoryPayloadEntity, { executionId: In([...entries]) });
    await this.manager.delete(HistoryEntryEntity, { id: In([...entries]) });
  }

  /** Sandboxes with more than `keep` payloads. */
  sandboxesBeyondPayloads(keep: number): Promise<string[]> {
    return this.withMoreThan(keep, HistoryPayloadEntity, 'sandboxId');
  }

  /** Removes up to `most` of the oldest payloads of a sandbox beyond the newest `keep`; their rows stay. */
  async removePayloads(sandboxId: string, keep: number, most: number): Promise<number> {
    const old = await this.manager.find(HistoryPayloadEntity, {
      select: { id: true, executionId: true },
      where: { sandboxId },
      order: { createdAt: 'DESC', id: 'DESC' },
      skip: keep,
      take: most,
    });
    const executions = In(old.map(({ executionId }) => executionId));
    await this.manager.update(HistoryEntryEntity, { id: executions }, { payloadRef: null });
    await this.manager.delete(HistoryPayloadEntity, { id: In(ids(old)) });
    return old.length;
  }

  private async withMoreThan(
    keep: number,
    entity: typeof HistoryEntryEntity | typeof HistoryPayloadEntity,
    column: 'owner' | 'sandboxId',
  ): Promise<string[]> {
    const rows = await this.manager
      .createQueryBuilder<HistoryEntry | HistoryPayload>(entity, 'h')
      .select(`h.${column}`, 'value')
      .groupBy(`h.${column}`)
      .having('COUNT(*) > :keep', { keep })
      .getRawMany<{ value: string }>();
    return rows.map(({ value }) => value);
  }

  private query(scope: Scope, filter: HistoryFilter): SelectQueryBuilder<HistoryEntry> {
    const { sandboxId, execType, successOnly, tags, hasNotes, hasDescription } = filter;
    const query = this.manager.createQueryBuilder(HistoryEntryEntity, 'h').where(ownedBy(scope));
    if (sandboxId !== null) query.andWhere({ sandboxId });
    if (execType !== null) query.andWhere({ execType });
    if (successOnly) query.andWhere({ success: true });
    if (hasNotes) query.andWhere("h.notes <> ''");
    if (hasDescription) query.andWhere("h.description <> ''");
    if (tags.length > 0) query.andWhere(withAnyOf(tags));
    return query;
  }
}

const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

const withAnyOf = (tags: readonly string[]): Brackets =>
  new Brackets((or) => {
    for (const [index, tag] of tags.entries()) {
      const pattern = `%${tag.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
      or.orWhere(`LOWER(h.tags) LIKE :tag${index} ESCAPE '\\'`, { [`tag${index}`]: pattern });
    }
  });
