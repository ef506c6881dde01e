import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { BayError } from '../shared/errors.js';
import { Metrics } from '../telemetry/metrics.js';
import { type CreateSandbox, SandboxCreation } from './sandbox-creation.js';
import { type Sandbox } from './sandbox.js';
import { type Claim, SpareClaims } from './spare-claims.js';
import { type Spare } from './spare.js';

/** What one try of a create has at hand. */
interface Offer {
  readonly claim: Claim;
  readonly spare: Spare | null;
  /** Of the commit that made the sandbox; null before it, and for an answer that is given again. */
  result: 'hit' | 'miss' | null;
}

/** Gives a client a sandbox: a spare of the profile if there is one that fits, else a row that starts at its first use. */
@Injectable()
export class SandboxOpening {
  constructor(
    private readonly creation: SandboxCreation,
    private readonly claims: SpareClaims,
    private readonly profiles: ProfilesService,
    private readonly transactions: Transactions,
    private readonly metrics: Metrics,
  ) {}

  /**
   * `unit` calls `create` once at most, inside of its transaction; whatever it does besides commits with it. An answer that
   * is given again without a call claims nothing. Throws `quota_exceeded` and `validation_error` out of `create`.
   */
  async open<T>(
    owner: string,
    request: CreateSandbox,
    unit: (create: () => Promise<Sandbox>) => Promise<T>,
  ): Promise<T> {
    const profile = this.profiles.find(request.profileId);
    // A spare has files of its own: who brings a cargo is not served by one.
    if (!profile || profile.pool.size === 0 || request.cargoId !== null) {
      return unit(() => this.creation.create(owner, request));
    }
    const claim = { owner, profile, ttlSec: request.ttlSec };
    const attempt = (spare: Spare | null): Promise<T> => {
      const offer: Offer = { claim, spare, result: null };
      return this.attempt(offer, () => unit(() => this.create(offer, request)));
    };
    const spare = await this.claims.hold(profile);
    if (!spare) return attempt(null);
    try {
      return await attempt(spare);
    } catch (error) {
      // One more may be created, only not run: as without a pool.
      if (!isFullOfRunning(error)) throw error;
      return await attempt(null);
    } finally {
      this.claims.release(spare);
    }
  }

  private async attempt<T>(offer: Offer, work: () => Promise<T>): Promise<T> {
    const answer = await work();
    const { profile } = offer.claim;
    if (offer.result) this.metrics.poolClaim(profile.id, offer.result);
    if (offer.spare && offer.result === 'hit') await this.claims.handOver(offer.spare, profile);
    return answer;
  }

  private create(offer: Offer, request: CreateSandbox): Promise<Sandbox> {
    return this.transactions.run(async () => {
      const claimed = offer.spare && (await this.claims.bind(offer.spare, offer.claim));
      // What rolls back was neither.
      this.transactions.afterCommit(() => (offer.result = claimed ? 'hit' : 'miss'));
      return claimed ?? this.creation.create(offer.claim.owner, request);
    });
  }
}

const isFullOfRunning = (error: unknown): boolean =>
  error instanceof BayError && error.code === 'quota_exceeded' && error.details?.['quota'] === 'running';
