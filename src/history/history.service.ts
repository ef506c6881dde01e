import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid } from '../shared/ids.js';
import { type Scope } from '../shared/scope.js';
import { type Annotation, type HistoryEntry, type HistoryPayload } from './history-entry.js';
import { boundedTexts, cut, normalTags } from './history-texts.js';
import { type HistoryFilter, type HistoryPage, HistoryRepository } from './history.repository.js';

export type EndedExecution = Omit<HistoryEntry, 'id' | 'payloadRef' | 'createdAt' | 'notes'>;

/** What finished executions did, kept beyond the life of their sandbox. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly history: HistoryRepository,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Joins the caller's transaction. */
  async record(ended: EndedExecution): Promise<void> {
    const { output, error, isCut } = boundedTexts(ended.output, ended.error);
    const [id, createdAt] = [newUuid(), this.clock.now()];
    const payload: HistoryPayload | null = isCut
      ? {
          id: newUuid(),
          owner: ended.owner,
          executionId: id,
          sandboxId: ended.sandboxId,
          content: JSON.stringify({ output: ended.output, error: ended.error }),
          createdAt,
        }
      : null;
    const entry: HistoryEntry = {
      ...ended,
      id,
      createdAt,
      code: cut(ended.code),
      output,
      error,
      payloadRef: payload && `blob:${payload.id}`,
      tags: normalTags(ended.tags),
      notes: null,
    };
    await this.transactions.run(() => this.history.insert(entry, payload));
  }

  list(scope: Scope, filter: HistoryFilter, page: HistoryPage): Promise<HistoryEntry[]> {
    return this.transactions.read(() => this.history.list(scope, filter, page));
  }

  count(scope: Scope, filter: HistoryFilter): Promise<number> {
    return this.transactions.read(() => this.history.count(scope, filter));
  }

  /** Throws `not_found`. */
  async get(scope: Scope, sandboxId: string, publicId: string): Promise<HistoryEntry> {
    const found = await this.transactions.read(() => this.history.find(scope, sandboxId, publicId));
    return found ?? missing(`There is no execution ${publicId} in the history of this sandbox.`);
  }

  /** What is null stays, an empty text clears. Throws `not_found`. */
  annotate(scope: Scope, sandboxId: string, publicId: string, written: Annotation): Promise<HistoryEntry> {
    return this.transactions.run(async () => {
      const entry = await this.history.find(scope, sandboxId, publicId);
      if (!entry) return missing(`There is no execution ${publicId} in the history of this sandbox.`);
      const changes = {
        description: written.description === null ? entry.description : written.description || null,
        tags: written.tags === null ? entry.tags : normalTags(written.tags),
        notes: written.notes === null ? entry.notes : written.notes || null,
      };
      await this.history.annotate(scope, entry.id, changes);
      return { ...entry, ...changes };
    });
  }

  /** `{output, error}` in full. Throws `not_found`, also when retention has removed it. */
  async payload(scope: Scope, ref: string): Promise<{ output: string | null; error: string | null }> {
    const found = await this.transactions.read(() => this.history.findPayload(scope, ref.replace(/^blob:/, '')));
    if (!found) return missing(`There is no payload ${ref}. Payloads end with their row, and the oldest earlier.`);
    // Written by `record`.
    return JSON.parse(found.content) as { output: string | null; error: string | null };
  }
}

function missing(message: string): never {
  throw new BayError('not_found', message);
}
