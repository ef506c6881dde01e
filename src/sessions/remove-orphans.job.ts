import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { GcConfig, LifecycleConfig } from '../config/slices.js';
import { type Driver, type ListedGroup } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { gcSchedule } from '../scheduling/gc-schedule.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { type JobReport } from '../scheduling/job.js';
import { sweep } from '../scheduling/sweep.js';
import { Clock } from '../shared/clock.js';
import { SessionsService } from './sessions.service.js';

/** Between two looks at the whole engine, ms. Rows come before containers, so that orphans are rare. */
const INTERVAL_MS = 60_000;

/**
 * Removes groups of this installation that no session's row knows: what a crash between two writes can leave. The driver
 * shows only what carries our installation's label; volumes are never touched here.
 */
@Injectable()
export class RemoveOrphansJob implements OnModuleInit {
  private readonly logger = new Logger(RemoveOrphansJob.name);

  constructor(
    private readonly jobs: JobRunner,
    private readonly sessions: SessionsService,
    private readonly lifecycle: LifecycleConfig,
    private readonly gc: GcConfig,
    private readonly clock: Clock,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'remove-orphans',
      intervalMs: INTERVAL_MS,
      ...gcSchedule(this.gc, 'orphan_container'),
      run: (signal) => this.sweep(signal),
    });
  }

  private async sweep(signal: AbortSignal): Promise<JobReport> {
    const groups = await this.driver.list({}, signal);
    // Rows are read after the engine: a session that began in between has its row already.
    const live = await this.sessions.filterLive(groups.map(({ labels }) => labels.sessionId));
    const orphans = groups.filter(({ labels }) => !live.has(labels.sessionId));
    return sweep(orphans, signal, (group) => this.remove(group, signal));
  }

  private isOld(group: ListedGroup): boolean {
    return group.createdAtMs <= this.clock.now() - this.lifecycle.orphanGraceMs;
  }

  /** False for one that is too young: its row may be on the way. */
  private async remove(group: ListedGroup, signal: AbortSignal): Promise<boolean> {
    if (!this.isOld(group)) return false;
    const { sessionId, sandboxId } = group.labels;
    this.logger.warn({ msg: 'A group without a session is removed.', session: sessionId, sandbox: sandboxId });
    await this.driver.remove(group.handle, signal);
    return true;
  }
}
