import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pLimit from 'p-limit';
import { MetricsConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { type Driver, type GroupHandle, type GroupUsage, type UsagePower } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { SYSTEM } from '../shared/scope.js';
import { type RunningSandbox, SandboxesRepository } from './sandboxes.repository.js';

/** Between two rounds at least, ms. The figures are this old at most, and one scrape interval. */
const ROUND_EVERY_MS = 5_000;
/** For one group, ms: what takes longer has no figures this time. */
const LOOK_DEADLINE_MS = 2_000;
/** For all, ms. */
const ROUND_DEADLINE_MS = 20_000;
/** Looks at the same time: an engine that is busy with starts must not notice them. */
const AT_ONCE = 4;

export interface UsageSample {
  /** Public id. */
  readonly sandbox: string;
  readonly usage: GroupUsage;
}

/**
 * What sandboxes use, where the driver can say so. Nobody waits for the engine: who asks gets the last round's figures of what
 * still runs, and sets off the next round if the last one is old. Where nobody asks, nobody looks.
 */
@Injectable()
export class SandboxUsage implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private samples = new Map<string, GroupUsage>();
  private pending: Promise<UsageSample[]> | null = null;
  private round: Promise<void> | null = null;
  private nextRoundAt = 0;

  constructor(
    @Inject(DRIVER) private readonly driver: Driver,
    private readonly config: MetricsConfig,
    private readonly sandboxes: SandboxesRepository,
    private readonly sessions: SessionsService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Callers at the same time share one look at the rows. */
  latest(): Promise<UsageSample[]> {
    this.pending ??= this.read().finally(() => (this.pending = null));
    return this.pending;
  }

  /** Resolves when no round is under way. */
  async idle(): Promise<void> {
    await this.round;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('Bay stops.'));
    await this.round;
  }

  private async read(): Promise<UsageSample[]> {
    const { usage } = this.driver;
    const limit = this.config.sandboxesLimit;
    if (!usage || limit === 0) return [];
    const running = await this.transactions.read(() => this.sandboxes.listLastActive(SYSTEM, limit));
    this.look(usage, running);
    return running.flatMap(({ publicId, sessionId }) => {
      const sample = this.samples.get(sessionId);
      return sample ? [{ sandbox: publicId, usage: sample }] : [];
    });
  }

  private look(power: UsagePower, running: readonly RunningSandbox[]): void {
    if (this.round || this.stopping.signal.aborted || this.clock.now() < this.nextRoundAt) return;
    this.nextRoundAt = this.clock.now() + ROUND_EVERY_MS;
    // An engine that cannot be asked leaves the figures out; the next round tries again.
    this.round = this.measure(power, running)
      .then((samples) => void (this.samples = samples))
      .catch(() => this.samples.clear())
      .finally(() => (this.round = null));
  }

  private async measure(power: UsagePower, running: readonly RunningSandbox[]): Promise<Map<string, GroupUsage>> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(ROUND_DEADLINE_MS)]);
    const handles = await this.sessions.listHandles(running.map(({ sessionId }) => sessionId));
    const limit = pLimit(AT_ONCE);
    const measured = await Promise.all(
      [...handles].map(([sessionId, handle]) =>
        limit(async () => [sessionId, await one(power, handle, signal)] as const),
      ),
    );
    return new Map(measured.flatMap(([sessionId, usage]) => (usage ? [[sessionId, usage]] : [])));
  }
}

async function one(power: UsagePower, handle: GroupHandle, signal: AbortSignal): Promise<GroupUsage | null> {
  try {
    return await power.read(handle, AbortSignal.any([signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]));
  } catch {
    // Ended meanwhile, or too slow: the others have their figures all the same.
    return null;
  }
}
