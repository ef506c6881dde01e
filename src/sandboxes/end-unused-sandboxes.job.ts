import { Injectable, type OnModuleInit } from '@nestjs/common';
import pLimit from 'p-limit';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { Clock } from '../shared/clock.js';
import { type Sandbox } from './sandbox.js';
import { SandboxesRepository } from './sandboxes.repository.js';
import { SandboxesService } from './sandboxes.service.js';

/** Ended in one sweep; the rest waits for the next. */
const BATCH = 200;
const PARALLEL = 4;

/** Deletes sandboxes whose life time is over and stops those that nobody uses. */
@Injectable()
export class EndUnusedSandboxesJob implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly rows: SandboxesRepository,
    private readonly sandboxes: SandboxesService,
    private readonly transactions: Transactions,
    private readonly lifecycle: LifecycleConfig,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const intervalMs = this.lifecycle.sweepIntervalMs;
    this.jobs.register({
      name: 'reap-expired-sandboxes',
      intervalMs,
      run: (signal) =>
        this.each(
          signal,
          (now) => this.rows.listExpired(BATCH, now),
          (sandbox) => this.sandboxes.reap(sandbox),
        ),
    });
    this.jobs.register({
      name: 'stop-idle-sandboxes',
      intervalMs,
      run: (signal) =>
        this.each(
          signal,
          (now) => this.rows.listIdle(BATCH, now),
          (sandbox) => this.sandboxes.stopIdle(sandbox),
        ),
    });
  }

  private async each(
    signal: AbortSignal,
    list: (now: number) => Promise<Sandbox[]>,
    end: (sandbox: Sandbox) => Promise<void>,
  ): Promise<void> {
    const due = await this.transactions.read(() => list(this.clock.now()));
    const limit = pLimit(PARALLEL);
    await Promise.all(due.map((sandbox) => limit(() => (signal.aborted ? undefined : end(sandbox)))));
  }
}
