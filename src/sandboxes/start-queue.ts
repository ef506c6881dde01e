import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';

/**
 * Between two tries, ms. A place is freed by a commit in any replica, which nobody tells; a try over the limit is two
 * counts and a rollback.
 */
const TRY_EVERY_MS = 250;

/** Told by {@link StartQueue} when the wait was in vain. */
export class WaitedInVainError extends Error {
  constructor(override readonly cause: BayError) {
    super('No place became free in time.');
    this.name = 'WaitedInVainError';
  }
}

export interface StartAttempt<T> {
  readonly owner: string;
  /** Epoch ms; from then on the answer is {@link WaitedInVainError}. */
  readonly deadline: number;
  /** Whoever waits has gone: the attempt is not made again. */
  readonly signal: AbortSignal;
  /** Makes and starts something in one unit, which leaves nothing behind when it throws `quota_exceeded`. */
  readonly run: () => Promise<T>;
}

interface Waiting {
  readonly attempt: StartAttempt<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  lastRefusal: BayError;
}

/**
 * Those who wait for a place to run in, first come, first served. Concurrency: any number of callers in this process; one
 * of them tries at a time. Who is held up by the owner's own limit lets others pass.
 */
@Injectable()
export class StartQueue implements OnApplicationShutdown {
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | null = null;
  private isTrying = false;

  constructor(private readonly clock: Clock) {}

  /** How many wait now. */
  get length(): number {
    return this.waiting.length;
  }

  /** Throws what the attempt throws, {@link WaitedInVainError}, and the signal's reason. */
  async run<T>(attempt: StartAttempt<T>): Promise<T> {
    const refusal = this.waiting.length > 0 ? NOT_TRIED : await this.first(attempt);
    if (!(refusal instanceof BayError)) return refusal.value;
    return new Promise<T>((resolve, reject) => {
      // The queue hands each one's value back to its own caller.
      this.join({ attempt, resolve: resolve as (value: unknown) => void, reject, lastRefusal: refusal });
    });
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
    for (const { reject } of this.waiting.splice(0)) reject(new BayError('session_not_ready', 'Bay is shutting down.'));
  }

  private async first<T>(attempt: StartAttempt<T>): Promise<BayError | { readonly value: T }> {
    try {
      return { value: await attempt.run() };
    } catch (error) {
      return refusalOrThrow(error);
    }
  }

  private join(entry: Waiting): void {
    this.waiting.push(entry);
    entry.attempt.signal.addEventListener('abort', () => this.leave(entry), { once: true });
    if (entry.attempt.signal.aborted) this.leave(entry);
    this.timer ??= setInterval(() => void this.tryAll(), TRY_EVERY_MS);
  }

  private leave(entry: Waiting): void {
    if (this.remove(entry)) entry.reject(entry.attempt.signal.reason);
  }

  private remove(entry: Waiting): boolean {
    const length = this.waiting.length;
    this.waiting = this.waiting.filter((one) => one !== entry);
    if (this.waiting.length === 0 && this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    }
    return this.waiting.length < length;
  }

  private async tryAll(): Promise<void> {
    if (this.isTrying) return;
    this.isTrying = true;
    try {
      const heldUp = new Set<string>();
      for (const entry of [...this.waiting]) {
        if (!this.waiting.includes(entry) || heldUp.has(entry.attempt.owner)) continue;
        const refusal = await this.tryOne(entry);
        if (refusal?.details?.['scope'] === 'installation') break;
        if (refusal) heldUp.add(entry.attempt.owner);
      }
      this.dismissLate();
    } finally {
      this.isTrying = false;
    }
  }

  private async tryOne(entry: Waiting): Promise<BayError | null> {
    try {
      const value = await entry.attempt.run();
      this.remove(entry);
      entry.resolve(value);
      return null;
    } catch (error) {
      if (isRefusal(error)) return (entry.lastRefusal = error);
      if (this.remove(entry)) entry.reject(error);
      return null;
    }
  }

  private dismissLate(): void {
    const now = this.clock.now();
    for (const entry of this.waiting.filter(({ attempt }) => attempt.deadline <= now)) {
      if (this.remove(entry)) entry.reject(new WaitedInVainError(entry.lastRefusal));
    }
  }
}

/** Others are waiting already. */
const NOT_TRIED = new BayError('quota_exceeded', 'Others wait for a place to run in.');

/** Of places to run in: those come free by themselves. */
const isRefusal = (error: unknown): error is BayError =>
  error instanceof BayError && error.code === 'quota_exceeded' && error.details?.['quota'] === 'running';

function refusalOrThrow(error: unknown): BayError {
  if (isRefusal(error)) return error;
  throw error;
}
