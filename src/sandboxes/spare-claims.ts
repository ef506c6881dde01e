import { Injectable, Logger } from '@nestjs/common';
import { type Profile } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { SandboxQuota } from './sandbox-quota.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { type Sandbox } from './sandbox.js';
import { type Spare } from './spare.js';
import { SparesRepository } from './spares.repository.js';
import { SparesService } from './spares.service.js';

/** Spares that a create asks before it starts a sandbox of its own: each costs a round to its agent. */
const MOST_ASKED = 3;

/** What a claim binds late: whose it is from now on, and for how long. */
export interface Claim {
  readonly owner: string;
  readonly profile: Profile;
  /** Seconds; null: lives until it is deleted. */
  readonly ttlSec: number | null;
}

/**
 * Hands spares out. Who may run at the same time: any number of creates, in all replicas. In this process two never ask the
 * same spare; between replicas the conditional UPDATE of {@link bind} decides.
 */
@Injectable()
export class SpareClaims {
  private readonly logger = new Logger(SpareClaims.name);
  private readonly held = new Set<string>();
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly rows: SparesRepository,
    private readonly spares: SparesService,
    private readonly workspaces: WorkspacesService,
    private readonly sessions: SessionsService,
    private readonly quota: SandboxQuota,
    private readonly reconciler: SandboxReconciler,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Called when one was handed out, or turned out to be of no use. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** One whose agent has just answered, kept from all others here until {@link release}; null when there is none. */
  async hold(profile: Profile): Promise<Spare | null> {
    const { size, claimTimeoutMs } = profile.pool;
    if (size === 0) return null;
    const key = this.spares.keyOf(profile);
    const limit = this.held.size + MOST_ASKED;
    const ready = await this.transactions.read(() => this.rows.listReady(profile.id, key, limit));
    const deadline = AbortSignal.timeout(claimTimeoutMs);
    for (const spare of ready) {
      if (deadline.aborted) break;
      if (this.held.has(spare.id)) continue;
      this.held.add(spare.id);
      const found = await this.sessions.checkSpare(spare.sessionId, deadline);
      if (found === 'well') return spare;
      this.discard(spare, found);
    }
    return null;
  }

  release(spare: Spare): void {
    this.held.delete(spare.id);
  }

  /**
   * Makes it the owner's, with its workspace; joins the caller's transaction. Null: another replica was faster. Throws
   * `quota_exceeded`, which rolls back the caller's transaction and leaves the spare as it was.
   */
  bind(spare: Spare, { owner, profile, ttlSec }: Claim): Promise<Sandbox | null> {
    return this.transactions.run(async () => {
      const now = this.clock.now();
      const sandbox = await this.rows.claim(spare, {
        owner,
        createdAt: now,
        lastActiveAt: now,
        expiresAt: ttlSec === null ? null : now + ttlSec * 1000,
        idleExpiresAt: now + profile.idleTimeoutSec * 1000,
      });
      if (!sandbox) return null;
      await this.workspaces.handTo(spare.workspaceId, owner);
      await this.quota.assertSandboxes(owner);
      await this.quota.assertRunning(owner);
      return sandbox;
    });
  }

  /** After the commit of {@link bind}: tells the agent whom it serves. */
  async handOver(spare: Spare, profile: Profile): Promise<void> {
    const identity = { session: { id: spare.sessionId }, sandbox: { publicId: spare.publicId }, profile };
    try {
      await this.sessions.handOver(identity, AbortSignal.timeout(profile.pool.claimTimeoutMs));
    } catch (error) {
      // The sandbox is the client's and complete. Whatever its agent has, the reconciler tells it again or starts anew.
      this.logger.warn({ msg: 'A spare did not take its owner at once.', sandbox: spare.publicId, err: error });
      void this.reconciler.reconcile(spare.id, { doubt: true });
    } finally {
      // Not before: the start of its successor would take the time of the client who waits.
      this.changed();
    }
  }

  /** The reconciler asks the engine; a spare that has ended, or serves somebody, is then seen by the pool. */
  private discard(spare: Spare, found: 'used' | 'silent'): void {
    this.logger.warn({ msg: 'A spare is not handed out.', sandbox: spare.publicId, found });
    const settled =
      found === 'used' ? this.spares.retire(spare.id) : this.reconciler.reconcile(spare.id, { doubt: true });
    void Promise.resolve<unknown>(settled)
      .catch((error: unknown) => this.logger.error({ msg: 'A spare could not be given up.', err: error }))
      .finally(() => {
        this.release(spare);
        this.changed();
      });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
