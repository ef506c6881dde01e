import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GcConfig, LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { gcSchedule } from '../scheduling/gc-schedule.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { addReports, type JobReport, NOTHING_DONE } from '../scheduling/job.js';
import { sweep } from '../scheduling/sweep.js';
import { Clock } from '../shared/clock.js';
import { type Sandbox } from './sandbox.js';
import { SandboxesRepository } from './sandboxes.repository.js';
import { SandboxesService } from './sandboxes.service.js';

/** Looked up together. */
const BATCH = 200;

/** Deletes sandboxes whose life time is over and stops those that nobody uses. */
@Injectable()
export class EndUnusedSandboxesJob implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly rows: SandboxesRepository,
    private readonly sandboxes: SandboxesService,
    private readonly transactions: Transactions,
    private readonly lifecycle: LifecycleConfig,
    private readonly gc: GcConfig,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const intervalMs = this.lifecycle.sweepIntervalMs;
    this.jobs.register({
      name: 'reap-expired-sandboxes',
      intervalMs,
      ...gcSchedule(this.gc, 'expired_sandbox'),
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
      ...gcSchedule(this.gc, 'idle_session'),
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
    end: (sandbox: Sandbox) => Promise<boolean>,
  ): Promise<JobReport> {
    let report = NOTHING_DONE;
    for (;;) {
      const due = await this.transactions.read(() => list(this.clock.now()));
      const batch = await sweep(due, signal, end);
      report = addReports(report, batch);
      // A batch that cleaned nothing would come again as it is.
      if (due.length < BATCH || batch.cleaned === 0 || signal.aborted) return report;
    }
  }
}
