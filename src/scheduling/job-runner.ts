import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { LifecycleConfig } from '../config/slices.js';
import { type Job, type JobReport, NOTHING_DONE } from './job.js';
import { Metrics } from '../telemetry/metrics.js';
import { JobLeasesRepository } from './job-leases.repository.js';

/** How long a stop waits for jobs that run. */
const STOP_DEADLINE_MS = 5000;
/** Between two tries to run a job that another replica is running, ms. */
const ASK_AGAIN_MS = 100;

interface Registered {
  readonly job: Job;
  running: Promise<void> | null;
  /** Somebody asked while it was running: once more after it. */
  isWanted: boolean;
}

/**
 * Runs background jobs at intervals. A job never overlaps with itself: not in this process, and under its lease not in
 * another one on the same database. One that throws is logged and runs again at its next tick.
 */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly jobs = new Map<string, Registered>();
  private readonly stopping = new AbortController();
  private isStarted = false;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly leases: JobLeasesRepository,
    private readonly lifecycle: LifecycleConfig,
    private readonly metrics: Metrics,
  ) {}

  /** Before or after the start; the first run is one interval later. Throws for a name that is taken. */
  register(job: Job): void {
    if (this.jobs.has(job.name)) throw new Error(`There are two jobs named ${job.name}.`);
    this.jobs.set(job.name, { job, running: null, isWanted: false });
    if (this.isStarted) this.schedule(job);
  }

  /**
   * Runs the job for a caller who waits for what it did: after a run that is under way, here or in another replica. Throws
   * what the job throws; when `signal` aborts before its turn came, that reason.
   */
  async runNow(name: string, signal: AbortSignal): Promise<JobReport> {
    const registered = this.find(name);
    for (;;) {
      signal.throwIfAborted();
      if (!registered.running) {
        const done = await this.runFor(registered, signal);
        if (done) return done.result ?? NOTHING_DONE;
      }
      await delay(ASK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Runs `work` under the lease of that name; null when somebody has it. */
  async exclusively<T>(
    name: string,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ readonly result: T } | null> {
    const { leaseMs } = this.lifecycle;
    const token = randomUUID();
    const isHeld = await this.leases.claim(name, token, leaseMs);
    this.metrics.lease('job', isHeld ? 'acquired' : 'busy');
    if (!isHeld) return null;
    const lost = new AbortController();
    lost.signal.addEventListener('abort', () => this.metrics.lease('job', 'lost'), { once: true });
    const renewal = setInterval(() => {
      this.leases
        .renew(name, token, leaseMs)
        .then((isHeld) => isHeld || lost.abort(new Error(`The lease of ${name} is lost.`)))
        .catch((error: unknown) => lost.abort(error));
    }, leaseMs / 3);
    try {
      return { result: await work(AbortSignal.any([lost.signal, this.stopping.signal])) };
    } finally {
      clearInterval(renewal);
      await this.leases.release(name, token);
    }
  }

  /** Is one of these leases held now, in any replica? */
  isAnyHeld(names: readonly string[]): Promise<boolean> {
    return this.leases.isAnyHeld(names);
  }

  /** Runs the job soon, once however often it is asked for meanwhile. Before the start and after the stop it does nothing. */
  trigger(name: string): void {
    const registered = this.find(name);
    if (!this.isStarted || this.stopping.signal.aborted) return;
    if (registered.running) registered.isWanted = true;
    else this.start(registered);
  }

  /** Resolves when no run of the job is under way or asked for. */
  async idle(name: string): Promise<void> {
    const registered = this.find(name);
    while (registered.running) await registered.running;
  }

  onApplicationBootstrap(): void {
    this.isStarted = true;
    for (const { job } of this.jobs.values()) this.schedule(job);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('Bay stops.'));
    const running = [...this.jobs.values()].flatMap((one) => (one.running ? [one.running] : []));
    await Promise.race([Promise.all(running), deadline(STOP_DEADLINE_MS)]);
  }

  private find(name: string): Registered {
    const registered = this.jobs.get(name);
    if (!registered) throw new Error(`There is no job named ${name}.`);
    return registered;
  }

  /** The registry clears the interval when the application stops. */
  private schedule({ name, intervalMs, isScheduled = true, runsAtStart = false }: Job): void {
    if (runsAtStart) this.trigger(name);
    if (!isScheduled) return;
    const interval = setInterval(() => {
      const registered = this.find(name);
      if (!registered.running) this.trigger(name);
    }, intervalMs);
    interval.unref();
    this.registry.addInterval(name, interval);
  }

  private start(registered: Registered): void {
    registered.isWanted = false;
    const { job } = registered;
    this.follow(
      registered,
      this.exclusively(job.name, (signal) => this.measured(job, signal)).catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.logger.error({ err: error, job: job.name }, 'A job failed.');
      }),
    );
  }

  private runFor(registered: Registered, signal: AbortSignal): Promise<{ readonly result: JobReport | void } | null> {
    const { job } = registered;
    const run = this.exclusively(job.name, (own) => this.measured(job, AbortSignal.any([own, signal])));
    this.follow(registered, run);
    return run;
  }

  private follow(registered: Registered, run: Promise<unknown>): void {
    registered.running = run
      .catch(() => undefined)
      .then(() => {
        registered.running = null;
        if (registered.isWanted && !this.stopping.signal.aborted) this.start(registered);
      });
  }

  private async measured(job: Job, signal: AbortSignal): Promise<JobReport | void> {
    const begun = performance.now();
    let outcome: 'ok' | 'failed' = 'failed';
    try {
      const report = await job.run(signal);
      outcome = 'ok';
      return report;
    } finally {
      this.metrics.jobRan(job.name, outcome, performance.now() - begun);
    }
  }
}

const deadline = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
