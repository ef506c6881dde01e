import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import pLimit from 'p-limit';
import { DatabaseConfig, LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { Clock } from '../shared/clock.js';
import { SandboxLeases } from './sandbox.lease.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { SandboxesRepository } from './sandboxes.repository.js';

const NAME = 'settle-sandboxes';
/** Taken up in one sweep; the rest waits for the next. */
const BATCH = 200;
/** Engine calls that a sweep makes side by side: it is the safety net and leaves the engine to the calls that wait. */
const PARALLEL = 4;

/** The safety net: whatever is wanted and was not carried out, by a crash or because the engine was away, is tried again. */
@Injectable()
export class SettleSandboxesJob implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly jobs: JobRunner,
    private readonly sandboxes: SandboxesRepository,
    private readonly reconciler: SandboxReconciler,
    private readonly leases: SandboxLeases,
    private readonly transactions: Transactions,
    private readonly lifecycle: LifecycleConfig,
    private readonly database: DatabaseConfig,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    // One process at a time may open an SQLite database of Bay: whoever held a lease in it is dead.
    if (this.database.kind === 'sqlite') await this.leases.releaseAll();
    const intervalMs = this.lifecycle.sweepIntervalMs;
    this.jobs.register({ name: NAME, intervalMs, run: (signal) => this.sweep(signal) });
  }

  onApplicationBootstrap(): void {
    this.jobs.trigger(NAME);
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    const ids = await this.transactions.read(() => this.sandboxes.listUnsettled(BATCH, this.clock.now()));
    const limit = pLimit(PARALLEL);
    await Promise.all(ids.map((id) => limit(() => (signal.aborted ? undefined : this.reconciler.reconcile(id)))));
  }
}
