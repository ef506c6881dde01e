import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { type ApiKey, hashOf, KEY } from './api-key.js';
import { KeysRepository } from './keys.repository.js';

/**
 * How long a row is believed, ms. It bounds how long a key works on after another replica removed it; each key costs one
 * statement in that time, however many requests come with it.
 */
const FRESH_MS = 1000;

/** Rows held; over it the one that was read least recently goes. Half a kilobyte each. */
const MOST = 1000;

/** How exact `lastUsedAt` is, ms. */
const USE_NOTED_EVERY_MS = 60_000;

interface Entry {
  readonly key: ApiKey;
  readonly readAt: number;
}

/**
 * The keys that were used in the last second. Concurrency: any number of requests; those with the same key share one
 * look-up. What `forget` is told is gone at once, also from look-ups under way.
 */
@Injectable()
export class KnownKeys {
  private readonly entries = new Map<string, Entry>();
  private readonly pending = new Map<string, Promise<ApiKey | null>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly repository: KeysRepository,
    private readonly clock: Clock,
  ) {}

  /** The row of this key, expired or not. A promise only where the database has to be asked. */
  find(key: string): ApiKey | null | Promise<ApiKey | null> {
    if (!KEY.test(key)) return null;
    const hash = hashOf(key);
    const entry = this.entries.get(hash);
    const age = entry ? this.clock.now() - entry.readAt : Number.NaN;
    // A clock that was set back makes an age below zero.
    return entry && age >= 0 && age < FRESH_MS ? entry.key : (this.pending.get(hash) ?? this.lookUp(hash));
  }

  /** After the row was removed. */
  forget(hash: string): void {
    this.entries.delete(hash);
    this.pending.delete(hash);
  }

  private lookUp(hash: string): Promise<ApiKey | null> {
    // From here on, as what changes behind the read is not in it.
    const readAt = this.clock.now();
    const looked = this.read(hash)
      .then((key) => {
        // Forgotten meanwhile: what was read is no longer true.
        if (this.pending.get(hash) === looked) this.remember(hash, key, readAt);
        return key;
      })
      .finally(() => {
        if (this.pending.get(hash) === looked) this.pending.delete(hash);
      });
    this.pending.set(hash, looked);
    return looked;
  }

  private async read(hash: string): Promise<ApiKey | null> {
    const key = await this.transactions.read(() => this.repository.findByHash(hash));
    const now = this.clock.now();
    if (key && now - (key.lastUsedAt ?? 0) >= USE_NOTED_EVERY_MS)
      await this.transactions.run(() => this.repository.markUsed(key.id, now));
    return key;
  }

  private remember(hash: string, key: ApiKey | null, readAt: number): void {
    this.entries.delete(hash);
    if (!key) return;
    this.entries.set(hash, { key, readAt });
    const [oldest] = this.entries.keys();
    if (this.entries.size > MOST && oldest !== undefined) this.entries.delete(oldest);
  }
}
