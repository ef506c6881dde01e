import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WarmPoolConfig } from '../config/slices.js';
import { SpareClaims } from '../sandboxes/spare-claims.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { WarmPoolService } from './warm-pool.service.js';

const NAME = 'fill-warm-pool';
/**
 * From a claim to the start of its successor, ms: on a small machine that start would take its time from the first call of the
 * client who was just served. More of it leaves a pool of one empty for longer.
 */
const AFTER_CLAIM_MS = 100;

/** Fills pools when a spare was claimed, when a start has ended, when a try after failures is due, and in any case now and then. */
@Injectable()
export class FillWarmPoolJob implements OnModuleInit, OnApplicationShutdown {
  private retry: NodeJS.Timeout | null = null;
  private soon: NodeJS.Timeout | null = null;

  constructor(
    private readonly jobs: JobRunner,
    private readonly pool: WarmPoolService,
    private readonly claims: SpareClaims,
    private readonly config: WarmPoolConfig,
  ) {}

  onModuleInit(): void {
    const { sweepIntervalMs: intervalMs, runsAtStart } = this.config;
    this.jobs.register({ name: NAME, intervalMs, runsAtStart, run: (signal) => this.run(signal) });
    this.claims.onChange(() => (this.soon ??= setTimeout(this.afterClaim, AFTER_CLAIM_MS).unref()));
  }

  onApplicationShutdown(): void {
    for (const timer of [this.retry, this.soon]) if (timer) clearTimeout(timer);
  }

  private readonly afterClaim = (): void => {
    this.soon = null;
    this.trigger();
  };

  private readonly trigger = (): void => this.jobs.trigger(NAME);

  private async run(signal: AbortSignal): Promise<void> {
    await this.pool.fill(signal, this.trigger);
    if (this.retry) clearTimeout(this.retry);
    const { nextLookInMs } = this.pool;
    if (nextLookInMs !== null && !signal.aborted) this.retry = setTimeout(this.trigger, nextLookInMs).unref();
  }
}
