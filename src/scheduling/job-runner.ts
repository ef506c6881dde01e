import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { LifecycleConfig } from '../config/slices.js';
import { JobLeasesRepository } from './job-leases.repository.js';

export interface Job {
  /** Unique; at most 100 characters. */
  readonly name: string;
  /** From one tick to the next. A tick that finds the job still running is left out. */
  readonly intervalMs: number;
  /** Aborted when the lease is lost or Bay stops; must then end soon. */
  run(signal: AbortSignal): Promise<void>;
}

/** How long a stop waits for jobs that run. */
const STOP_DEADLINE_MS = 5000;

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
  ) {}

  /** Before or after the start; the first run is one interval later. Throws for a name that is taken. */
  register(job: Job): void {
    if (this.jobs.has(job.name)) throw new Error(`There are two jobs named ${job.name}.`);
    this.jobs.set(job.name, { job, running: null, isWanted: false });
    if (this.isStarted) this.schedule(job);
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
  private schedule({ name, intervalMs }: Job): void {
    const interval = setInterval(() => {
      const registered = this.find(name);
      if (!registered.running) this.trigger(name);
    }, intervalMs);
    interval.unref();
    this.registry.addInterval(name, interval);
  }

  private start(registered: Registered): void {
    registered.isWanted = false;
    registered.running = this.runUnderLease(registered.job)
      .catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.logger.error({ err: error, job: registered.job.name }, 'A job failed.');
      })
      .then(() => {
        registered.running = null;
        if (registered.isWanted && !this.stopping.signal.aborted) this.start(registered);
      });
  }

  private async runUnderLease(job: Job): Promise<void> {
    const { leaseMs } = this.lifecycle;
    const token = randomUUID();
    if (!(await this.leases.claim(job.name, token, leaseMs))) return;
    const lost = new AbortController();
    const renewal = setInterval(() => {
      this.leases
        .renew(job.name, token, leaseMs)
        .then((isHeld) => isHeld || lost.abort(new Error(`The lease of ${job.name} is lost.`)))
        .catch((error: unknown) => lost.abort(error));
    }, leaseMs / 3);
    try {
      await job.run(AbortSignal.any([lost.signal, this.stopping.signal]));
    } finally {
      clearInterval(renewal);
      await this.leases.release(job.name, token);
    }
  }
}

const deadline = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
