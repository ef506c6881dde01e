import { createPublicKey, type KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { type Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';

/** How long a set is used before it is fetched again, ms: how long a key lives on that its issuer has withdrawn. */
const FRESH_MS = 600_000;
/** How long a set is used beyond that while its issuer does not answer, ms. */
const GRACE_MS = 3_600_000;
/**
 * Between two fetches, ms. A key that was added is known after this time at the latest, and nobody makes Bay fetch more
 * often by inventing names of keys.
 */
const PAUSE_MS = 10_000;

export interface SigningKey {
  readonly kid?: string;
  /** The only algorithm that it is for, if it says one. */
  readonly alg?: string;
  /** PEM */
  getPublicKey(): string;
}

interface Known {
  readonly key: KeyObject;
  readonly alg: string | undefined;
}

/**
 * The issuer's public keys by name. Rotation: a name that is unknown makes them be fetched again. Concurrency: any number
 * of requests; they share one fetch.
 */
export class JwksKeys {
  private readonly logger = new Logger(JwksKeys.name);
  private keys: ReadonlyMap<string | undefined, Known> = new Map();
  private fetchedAt: number | null = null;
  private triedAt: number | null = null;
  private fetching: Promise<void> | null = null;

  constructor(
    private readonly fetch: () => Promise<readonly SigningKey[]>,
    private readonly clock: Clock,
  ) {}

  /**
   * null where the issuer has no such key for this algorithm. Throws `auth_unavailable` where nobody can tell, as the issuer
   * does not answer.
   */
  async find(kid: string | undefined, alg: string): Promise<KeyObject | null> {
    if (!this.within(FRESH_MS, this.fetchedAt) || !this.lookUp(kid)) await this.refresh();
    if (!this.within(FRESH_MS + GRACE_MS, this.fetchedAt)) throw unavailable();
    const found = this.lookUp(kid);
    // An old set does not say that a key is not there.
    if (!found && !this.within(FRESH_MS, this.fetchedAt)) throw unavailable();
    return found && (found.alg === undefined || found.alg === alg) ? found.key : null;
  }

  /** A token without a name of its key is clear only where there is one key. */
  private lookUp(kid: string | undefined): Known | undefined {
    if (kid !== undefined) return this.keys.get(kid);
    return this.keys.size === 1 ? [...this.keys.values()][0] : undefined;
  }

  private refresh(): Promise<void> {
    if (this.fetching) return this.fetching;
    if (this.within(PAUSE_MS, this.triedAt)) return Promise.resolve();
    this.triedAt = this.clock.now();
    this.fetching = this.load().finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async load(): Promise<void> {
    const askedAt = this.clock.now();
    try {
      const fetched = await this.fetch();
      this.keys = new Map(fetched.map((one) => [one.kid, { key: createPublicKey(one.getPublicKey()), alg: one.alg }]));
      this.fetchedAt = askedAt;
    } catch (error) {
      this.logger.warn({ msg: 'The keys of the issuer of tokens cannot be fetched.', err: error });
    }
  }

  private within(ms: number, at: number | null): boolean {
    const age = at === null ? Number.NaN : this.clock.now() - at;
    return age >= 0 && age < ms;
  }
}

const unavailable = (): BayError =>
  new BayError('auth_unavailable', 'The issuer of tokens does not answer, so that this one cannot be checked.', {
    retryAfterMs: PAUSE_MS,
  });
