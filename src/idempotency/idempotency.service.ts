import { Injectable } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid } from '../shared/ids.js';
import { fingerprint, type RequestShape } from './fingerprint.js';
import { IdempotencyRepository } from './idempotency.repository.js';

/** An answer that can be given again; its body is plain JSON. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface OnceRequest extends RequestShape {
  readonly owner: string;
  /** The `Idempotency-Key` header, if there is one. */
  readonly key: string | undefined;
}

const KEY = /^[a-zA-Z0-9_-]{1,128}$/;

/**
 * Gives a request that is sent twice one effect and twice the same answer. Concurrency: any number of duplicates at once;
 * the unique key lets the first in and makes the others wait for its commit.
 */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: IdempotencyRepository,
    private readonly clock: Clock,
    private readonly lifecycle: LifecycleConfig,
  ) {}

  /**
   * Runs `work` in one transaction together with the row that remembers its answer. Without a key it just runs. What throws
   * leaves nothing behind and may be tried again under the same key. Throws `conflict` for a malformed key and for one that
   * belongs to another request.
   */
  async once<T>(request: OnceRequest, work: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const { owner, key } = request;
    const { idempotencyTtlMs } = this.lifecycle;
    if (key === undefined || idempotencyTtlMs === 0) return this.transactions.run(work);
    if (!KEY.test(key)) throw conflict(key, 'An Idempotency-Key has 1 to 128 letters, digits, dashes or underscores.');
    return this.transactions.run(async () => {
      const now = this.clock.now();
      const claim = {
        owner,
        key,
        attempt: newUuid(),
        fingerprint: fingerprint(request),
        status: 0,
        response: '',
        expiresAtMs: now + idempotencyTtlMs,
      };
      const stored = await this.repository.claim(claim, now);
      if (stored.fingerprint !== claim.fingerprint)
        throw conflict(key, 'It was used for another request. Take a new key.');
      if (stored.attempt !== claim.attempt) {
        // The row was written by this method for the same method and path, whose answers are of this type.
        return { status: stored.status, body: JSON.parse(stored.response) as T };
      }
      const answer = await work();
      await this.repository.complete(claim, answer.status, JSON.stringify(answer.body));
      return answer;
    });
  }

  /** How many were removed. */
  removeExpired(): Promise<number> {
    return this.transactions.run(() => this.repository.removeExpired(this.clock.now()));
  }
}

const conflict = (key: string, hint: string): BayError =>
  new BayError('conflict', `The Idempotency-Key cannot be used. ${hint}`, { details: { key, hint } });
