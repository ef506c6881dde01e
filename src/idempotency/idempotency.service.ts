import { Injectable } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { BayError, type ErrorCode } from '../shared/errors.js';
import { newUuid } from '../shared/ids.js';
import { fingerprint, type RequestShape } from './fingerprint.js';
import { type IdempotencyKeyRow } from './idempotency-key.entity.js';
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

export type KeyedRequest = OnceRequest & { readonly key: string };

/** Largest answer that is kept for duplicates, characters. Pictures make answers large: these are rows of the database. */
const MAX_ANSWER = 8 * 1024 * 1024;

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
    if (!this.isOn(request)) return this.transactions.run(work);
    return this.transactions.run(async () => {
      const { stored, isMine } = await this.claim(request, '');
      if (!isMine) return answerOf<T>(stored);
      const answer = await work();
      await this.repository.complete(stored, answer.status, JSON.stringify(answer.body));
      return answer;
    });
  }

  /** Whether this request is remembered at all. */
  isOn(request: OnceRequest): request is KeyedRequest {
    return request.key !== undefined && this.lifecycle.idempotencyTtlMs > 0;
  }

  /**
   * For work that no transaction can hold: commits a row that says it is under way, with `note`. Gives the answer if there is
   * one, else what is noted, which is another's `note` if that came first. Throws as {@link once} does, and the error that the
   * work ended with. Ended by {@link complete}, {@link fail} or {@link release}.
   */
  begin<T, N>(request: KeyedRequest, note: N): Promise<{ answer: Answer<T> } | { answer: null; pending: N }> {
    return this.transactions.run(async () => {
      const { stored } = await this.claim(request, JSON.stringify(note));
      if (stored.status > 0) return { answer: answerOf<T>(stored) };
      // Written by `begin` or `note` for the same method and path, whose notes are of this type.
      return { answer: null, pending: JSON.parse(stored.response) as N };
    });
  }

  /** Replaces the note of work that is under way. */
  async note(request: KeyedRequest, note: unknown): Promise<void> {
    await this.transactions.run(() => this.repository.complete(request, 0, JSON.stringify(note)));
  }

  /** Joins the caller's transaction. False: there is an answer already. */
  complete(request: KeyedRequest, answer: Answer<unknown>): Promise<boolean> {
    const body = JSON.stringify(answer.body);
    if (body.length > MAX_ANSWER) return this.fail(request, tooLarge(body.length));
    return this.transactions.run(() => this.repository.complete(request, answer.status, body));
  }

  /** The work had an effect and no result: duplicates get its error. Joins the caller's transaction; false as above. */
  fail(request: KeyedRequest, { code, kind, message, details }: BayError): Promise<boolean> {
    const stored: StoredError = { code, message, details: details ?? {} };
    return this.transactions.run(() => this.repository.complete(request, kind.status, JSON.stringify(stored)));
  }

  /** The work had no effect: the key is free again. */
  async release(request: KeyedRequest): Promise<void> {
    await this.transactions.run(() => this.repository.release(request));
  }

  private async claim(
    request: KeyedRequest,
    response: string,
  ): Promise<{ stored: IdempotencyKeyRow; isMine: boolean }> {
    const { owner, key } = request;
    if (!KEY.test(key)) throw conflict(key, 'An Idempotency-Key has 1 to 128 letters, digits, dashes or underscores.');
    const now = this.clock.now();
    const claim = {
      owner,
      key,
      attempt: newUuid(),
      fingerprint: fingerprint(request),
      status: 0,
      response,
      expiresAtMs: now + this.lifecycle.idempotencyTtlMs,
    };
    const stored = await this.repository.claim(claim, now);
    if (stored.fingerprint !== claim.fingerprint)
      throw conflict(key, 'It was used for another request. Take a new key.');
    return { stored, isMine: stored.attempt === claim.attempt };
  }

  /** How many were removed. */
  removeExpired(): Promise<number> {
    return this.transactions.run(() => this.repository.removeExpired(this.clock.now()));
  }
}

interface StoredError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function answerOf<T>(stored: IdempotencyKeyRow): Answer<T> {
  // Written by this service for the same method and path, whose answers and errors are of these types.
  if (stored.status < 400) return { status: stored.status, body: JSON.parse(stored.response) as T };
  const { code, message, details } = JSON.parse(stored.response) as StoredError;
  throw new BayError(code, message, { details });
}

const tooLarge = (size: number): BayError =>
  new BayError('execution_lost', `It ran, but its answer of ${size} characters is too large to be given again.`);

const conflict = (key: string, hint: string): BayError =>
  new BayError('conflict', `The Idempotency-Key cannot be used. ${hint}`, { details: { key, hint } });
