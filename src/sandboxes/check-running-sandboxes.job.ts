import { Injectable, type OnModuleInit } from '@nestjs/common';
import pLimit from 'p-limit';
import { Transactions } from '../database/transactions.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { SandboxesRepository } from './sandboxes.repository.js';

/**
 * How long a sandbox that died by itself may still be shown as ready, ms. Calls notice at once; this is for those who only
 * look. One engine call and one agent call a sandbox: shorter costs cpu with thousands of them.
 */
const INTERVAL_MS = 30_000;
const BATCH = 500;
const PARALLEL = 4;

/** Asks the engine and the agents whether what the rows call running still runs. */
@Injectable()
export class CheckRunningSandboxesJob implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly sandboxes: SandboxesRepository,
    private readonly reconciler: SandboxReconciler,
    private readonly transactions: Transactions,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'check-running-sandboxes',
      intervalMs: INTERVAL_MS,
      run: (signal) => this.check(signal),
    });
  }

  private async check(signal: AbortSignal): Promise<void> {
    const limit = pLimit(PARALLEL);
    let after = '';
    while (!signal.aborted) {
      const ids = await this.transactions.read(() => this.sandboxes.listRunning(BATCH, after));
      await Promise.all(ids.map((id) => limit(() => this.checkOne(id, signal))));
      const last = ids.at(-1);
      if (ids.length < BATCH || last === undefined) return;
      after = last;
    }
  }

  private async checkOne(id: string, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await this.reconciler.reconcile(id, { doubt: true });
  }
}
