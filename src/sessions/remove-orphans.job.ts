import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { type Driver, type ListedGroup } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { Clock } from '../shared/clock.js';
import { SessionsService } from './sessions.service.js';

const NAME = 'remove-orphans';
/** Between two looks at the whole engine, ms. Rows come before containers, so that orphans are rare. */
const INTERVAL_MS = 60_000;

/**
 * Removes groups of this installation that no session's row knows: what a crash between two writes can leave. The driver
 * shows only what carries our installation's label; volumes are never touched here.
 */
@Injectable()
export class RemoveOrphansJob implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(RemoveOrphansJob.name);

  constructor(
    private readonly jobs: JobRunner,
    private readonly sessions: SessionsService,
    private readonly lifecycle: LifecycleConfig,
    private readonly clock: Clock,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  onModuleInit(): void {
    this.jobs.register({ name: NAME, intervalMs: INTERVAL_MS, run: (signal) => this.sweep(signal) });
  }

  onApplicationBootstrap(): void {
    this.jobs.trigger(NAME);
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    const groups = await this.driver.list({}, signal);
    // Rows are read after the engine: a session that began in between has its row already.
    const live = await this.sessions.filterLive(groups.map(({ labels }) => labels.sessionId));
    for (const group of groups) {
      if (signal.aborted) return;
      if (!live.has(group.labels.sessionId) && this.isOld(group)) await this.remove(group, signal);
    }
  }

  private isOld(group: ListedGroup): boolean {
    return group.createdAtMs <= this.clock.now() - this.lifecycle.orphanGraceMs;
  }

  private async remove(group: ListedGroup, signal: AbortSignal): Promise<void> {
    const { sessionId, sandboxId } = group.labels;
    this.logger.warn({ msg: 'A group without a session is removed.', session: sessionId, sandbox: sandboxId });
    await this.driver.remove(group.handle, signal);
  }
}
