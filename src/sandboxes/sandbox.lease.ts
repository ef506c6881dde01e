import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { Metrics } from '../telemetry/metrics.js';
import { type Lease, type Observation, SandboxLeasesRepository } from './sandbox-leases.repository.js';

/** Between two renewals, ms. Also how long a new intent of another replica can go unseen. */
const RENEW_EVERY_MS = 1_000;

/** Somebody else holds the lease now. Normal, and quiet: the loser writes nothing more. */
export class LeaseLostError extends Error {
  constructor() {
    super('The lease of the sandbox is lost.');
    this.name = 'LeaseLostError';
  }
}

/** The right to act for one sandbox. One holder at a time, in all replicas together. */
export class HeldLease {
  private readonly lost = new AbortController();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly lease: Lease,
    private readonly leases: SandboxLeases,
  ) {}

  /** Aborts when the lease could not be renewed. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** Renews until {@link release}; `onGeneration` hears at each renewal what the row's generation is. */
  keep(onGeneration: (generation: number) => void): void {
    this.timer = setInterval(() => {
      this.leases.renew(this.lease).then(
        (generation) => (generation === null ? this.lost.abort(new LeaseLostError()) : onGeneration(generation)),
        (error: unknown) => this.lost.abort(error),
      );
    }, RENEW_EVERY_MS);
  }

  /** Joins the caller's transaction. Throws {@link LeaseLostError}, which rolls it back. */
  async write(observation: Observation): Promise<void> {
    if (!(await this.leases.write(this.lease, observation))) throw new LeaseLostError();
  }

  async release(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.leases.release(this.lease);
  }
}

@Injectable()
export class SandboxLeases {
  constructor(
    private readonly rows: SandboxLeasesRepository,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly lifecycle: LifecycleConfig,
    private readonly metrics: Metrics,
  ) {}

  /** Null: somebody else has it. */
  async acquire(sandboxId: string): Promise<HeldLease | null> {
    const lease: Lease = { sandboxId, token: randomUUID() };
    const now = this.clock.now();
    const acquired = await this.transactions.run(() => this.rows.acquire(lease, now, this.until(now)));
    this.metrics.lease('sandbox', acquired ? 'acquired' : 'busy');
    if (!acquired) return null;
    const held = new HeldLease(lease, this);
    held.signal.addEventListener('abort', () => this.metrics.lease('sandbox', 'lost'), { once: true });
    return held;
  }

  renew(lease: Lease): Promise<number | null> {
    return this.transactions.run(() => this.rows.renew(lease, this.until(this.clock.now())));
  }

  write(lease: Lease, observation: Observation): Promise<boolean> {
    return this.transactions.run(() => this.rows.write(lease, observation));
  }

  release(lease: Lease): Promise<void> {
    return this.transactions.run(() => this.rows.release(lease));
  }

  releaseAll(): Promise<void> {
    return this.transactions.run(() => this.rows.releaseAll());
  }

  private until(now: number): number {
    return now + this.lifecycle.leaseMs;
  }
}
