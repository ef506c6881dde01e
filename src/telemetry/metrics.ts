import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { metricFamilies } from './metric-families.js';

export type ExecutionKind = string;

/** Parts of one execution, ms. Absent: it did not come to that. */
export interface ExecutionParts {
  /** Until an agent was at hand: the start of a sandbox that slept. */
  readonly wake?: number;
  /** From there until it began: the way to the agent, and others before it. */
  readonly queue?: number;
  /** What the agent says that it took. */
  readonly run?: number;
  /** What is left of the whole. */
  readonly added?: number;
  readonly total: number;
}

export interface RequestFigures {
  readonly method: string;
  /** Of the route, with its parameters by name; never the path that was asked for. */
  readonly route: string;
  /** `2xx`, or `cut_off` when the client went away. */
  readonly status: string;
  readonly ms: number;
}

/** One series of a metric that is read when somebody asks. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Asked at each scrape, so it must be quick and bounded. Series that it no longer names are gone. */
  read(): readonly Reading[] | Promise<readonly Reading[]>;
}

/** From ms. */
const seconds = (ms: number): number => Math.max(ms, 0) / 1000;

/**
 * What happened, as numbers: a method for each kind of thing. The parts of Bay say what happened, this class alone knows how it
 * is counted. Every label comes from a set that the code, the configuration or the routes bound.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly families = metricFamilies(this.registry);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** The text that Prometheus reads. */
  async text(): Promise<string> {
    return this.registry.metrics();
  }

  request({ method, route, status, ms }: RequestFigures): void {
    this.families.requests.observe({ method, route, status }, seconds(ms));
  }

  error(code: string): void {
    this.families.errors.inc({ code });
  }

  startPhase(driver: string, phase: string, ms: number): void {
    this.families.startPhases.observe({ driver, phase }, seconds(ms));
  }

  /** `ok`, or the code of what kept a start from working. */
  startEnded(driver: string, outcome: string): void {
    this.families.starts.inc({ driver, outcome });
  }

  /** A create of a profile with a pool: `hit` when it was given a spare. */
  poolClaim(profile: string, result: 'hit' | 'miss'): void {
    this.families.poolClaims.inc({ profile, result });
  }

  /** Spares of the profile could not be started, or ended by themselves. */
  poolRefillFailed(profile: string): void {
    this.families.poolRefillFailures.inc({ profile });
  }

  executionBegun(kind: ExecutionKind): void {
    this.families.executionsInFlight.inc({ kind });
  }

  /** `outcome`: the agent's word for it, or an error's code. */
  executionEnded(kind: ExecutionKind, outcome: string, parts: ExecutionParts): void {
    this.families.executionsInFlight.dec({ kind });
    const { added, ...rest } = parts;
    for (const [part, ms] of Object.entries(rest)) {
      if (ms !== undefined) this.families.executions.observe({ kind, outcome, part }, seconds(ms));
    }
    if (added !== undefined) this.families.executionsAdded.observe({ kind, outcome }, seconds(added));
  }

  jobRan(job: string, outcome: 'ok' | 'failed', ms: number): void {
    this.families.jobs.observe({ job, outcome }, seconds(ms));
    if (outcome === 'ok') this.families.jobSuccess.setToCurrentTime({ job });
  }

  /** `busy`: somebody else had it, which is normal. `lost`: it ran out or was taken while it was held. */
  lease(kind: 'sandbox' | 'job', event: 'acquired' | 'busy' | 'lost'): void {
    this.families.leases.inc({ kind, event });
  }

  unitQueued(): void {
    this.families.unitsQueued.inc();
  }

  unitEnded(kind: 'read' | 'write', waitMs: number, runMs: number): void {
    this.families.unitsQueued.dec();
    this.families.unitWaits.observe({ kind }, seconds(waitMs));
    this.families.units.observe({ kind }, seconds(runMs));
  }

  /** Series that are read at each scrape. What cannot be read is left out; the scrape goes on. */
  readAtScrape(type: 'gauge' | 'counter', { name, help, labels, read }: ReadMetric): void {
    const options = { name, help, labelNames: labels, registers: [this.registry] };
    const refresh = async (metric: Counter | Gauge): Promise<void> => {
      const readings = await Promise.resolve()
        .then(read)
        .catch(() => []);
      metric.reset();
      for (const { labels: own, value } of readings) metric.inc(own, value);
    };
    if (type === 'counter') {
      const counter: Counter = new Counter({ ...options, collect: () => refresh(counter) });
      return;
    }
    const gauge: Gauge = new Gauge({ ...options, collect: () => refresh(gauge) });
  }
}
