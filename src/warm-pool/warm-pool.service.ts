import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Profile, WarmPoolConfig } from '../config/slices.js';
import { type Driver } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { type SpareSeen } from '../sandboxes/spare.js';
import { SparesService } from '../sandboxes/spares.service.js';
import { Clock } from '../shared/clock.js';
import { Metrics } from '../telemetry/metrics.js';
import { type Pace, type PaceRules, slower, startsAllowed, STEADY } from './refill-pace.js';
import { allot, planPool, type PoolStep } from './warm-pool.plan.js';

/** A look changes what the next one sees; more of them in a row mean that others change it, too. */
const MOST_LOOKS = 20;

/** Between looks at starts that another process began: one before a crash, or a replica. Nobody tells of their end. */
const FOREIGN_LOOK_MS = 1_000;

/** One profile's pool, for people and for metrics. */
export interface PoolState {
  readonly profileId: string;
  /** As configured. */
  readonly size: number;
  readonly ready: number;
  readonly starting: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Epoch ms; null while all is well. */
  readonly nextTryAt: number | null;
}

/**
 * Keeps the pools of all profiles as they should be. Who may run at the same time: `fill` under its job's lease, so once in
 * all replicas; claims, which it never blocks and which never block it; and `drain`.
 */
@Injectable()
export class WarmPoolService {
  private readonly logger = new Logger(WarmPoolService.name);
  /** Of this process. Another replica begins anew, as does the next start: a reason to try again. */
  private readonly paces = new Map<string, Pace>();
  /** Starts of this process; it hears of their end. */
  private readonly followed = new Set<string>();
  /** By profile, when a look is due that nothing else will set off. */
  private readonly waiting = new Map<string, number>();
  private readonly draining = new AbortController();
  private filling: Promise<void> = Promise.resolve();

  constructor(
    private readonly spares: SparesService,
    private readonly profiles: ProfilesService,
    private readonly config: WarmPoolConfig,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  /** Looks and acts until all is as it should be or under way. `whenAtRest`: a start has worked or failed, look again. */
  async fill(signal: AbortSignal, whenAtRest: () => void): Promise<void> {
    const work = this.lookOn(AbortSignal.any([signal, this.draining.signal]), whenAtRest);
    this.filling = work.catch(() => undefined);
    await work;
  }

  /** Until another look is due, ms; null when events and sweeps are enough. */
  get nextLookInMs(): number | null {
    const due = [...this.waiting.values()];
    return due.length > 0 ? Math.max(0, Math.min(...due) - this.clock.now()) : null;
  }

  async states(): Promise<PoolState[]> {
    const spares = await this.spares.list();
    const count = (id: string, state: SpareSeen['state']) =>
      spares.filter((spare) => spare.profileId === id && spare.state === state).length;
    const ids = new Set([...this.profiles.list().map(({ id }) => id), ...spares.map(({ profileId }) => profileId)]);
    return [...ids].map((id) => {
      const { failures, nextTryAt } = this.pace(id);
      return {
        profileId: id,
        size: this.wanted(id),
        ready: count(id, 'ready'),
        starting: count(id, 'starting'),
        failures,
        nextTryAt: failures > 0 ? nextTryAt : null,
      };
    });
  }

  /** From now on there are no spares. `gone` resolves when nothing of those that were there is left. */
  async drain(): Promise<{ readonly retired: number; readonly gone: Promise<unknown> }> {
    this.draining.abort(new Error('The pools are drained.'));
    // It may be about to open one: afterwards all that there are have rows.
    await this.filling;
    const retired = await Promise.all((await this.spares.list()).map(({ id }) => this.spares.retire(id)));
    const begun = retired.flatMap((one) => (one ? [one.gone] : []));
    return { retired: begun.length, gone: Promise.all(begun) };
  }

  private get isDrained(): boolean {
    return this.draining.signal.aborted;
  }

  private async lookOn(signal: AbortSignal, whenAtRest: () => void): Promise<void> {
    for (let look = 0; look < MOST_LOOKS && !signal.aborted; look += 1) {
      if (!(await this.look(signal, whenAtRest))) return;
    }
  }

  /** False when there was nothing to do. */
  private async look(signal: AbortSignal, whenAtRest: () => void): Promise<boolean> {
    const spares = await this.spares.list();
    const profiles = this.profiles.list();
    const room = Math.min(this.config.maxSpares || Infinity, await this.spares.freePlaces());
    const { sizes, left } = allot(
      profiles.map(({ id }) => this.wanted(id)),
      room,
    );
    let hasActed = false;
    let overlap = left;
    for (const [index, profile] of profiles.entries()) {
      const own = spares.filter(({ profileId }) => profileId === profile.id);
      if (own.length === 0 && sizes[index] === 0) continue;
      const size = sizes[index] ?? 0;
      const step = await this.plan({ profile, size, overlap, spares: own }, signal);
      overlap = Math.max(0, overlap - Math.max(0, own.length - step.retire.length + step.open - size));
      hasActed = (await this.act(profile, step, whenAtRest)) || hasActed;
    }
    const strays = spares.filter(({ profileId }) => !profiles.some(({ id }) => id === profileId));
    for (const { id } of strays) hasActed = (await this.spares.retire(id)) !== null || hasActed;
    return hasActed;
  }

  private async plan(pool: Pool, signal: AbortSignal): Promise<PoolStep & { readonly image: string | null }> {
    const { profile, size, overlap, spares } = pool;
    const now = this.clock.now();
    const pace = this.notePace(profile, spares, now);
    const image = await this.identify(profile, signal);
    const starting = spares.filter(({ state }) => state === 'starting').length;
    const allowed = startsAllowed(pace, starting, now);
    this.noteWait(profile, spares, allowed === 0 && starting === 0 ? pace.nextTryAt : null);
    const target = {
      size,
      overlap,
      key: this.spares.keyOf(profile),
      image,
      maxAgeMs: profile.pool.maxAgeMs,
      startsAtOnce: this.config.startsAtOnce,
      startsAllowed: allowed,
    };
    return { ...planPool(target, spares, now), image };
  }

  private async act(
    profile: Profile,
    { retire, open, image }: PoolStep & { readonly image: string | null },
    whenAtRest: () => void,
  ): Promise<boolean> {
    for (const { id, reason } of retire) {
      if (await this.spares.retire(id)) this.logger.log({ msg: 'A spare goes.', profile: profile.id, reason });
    }
    for (let opened = 0; opened < open && !this.isDrained; opened += 1) {
      const { id, atRest } = await this.spares.open(profile, image);
      this.followed.add(id);
      void atRest.then(() => {
        this.followed.delete(id);
        whenAtRest();
      });
    }
    return retire.length > 0 || open > 0;
  }

  private noteWait(profile: Profile, spares: readonly SpareSeen[], nextTryAt: number | null): void {
    const isForeign = spares.some(({ id, state }) => state === 'starting' && !this.followed.has(id));
    const due = isForeign ? this.clock.now() + FOREIGN_LOOK_MS : nextTryAt;
    if (due === null) this.waiting.delete(profile.id);
    else this.waiting.set(profile.id, due);
  }

  /** Failures are seen once, since what has failed is retired in the same look. */
  private notePace(profile: Profile, spares: readonly SpareSeen[], now: number): Pace {
    let pace = this.pace(profile.id);
    const rules: PaceRules = { ...profile.pool.retry, sweepIntervalMs: this.config.sweepIntervalMs };
    if (spares.some(({ state, createdAt }) => state === 'ready' && createdAt >= pace.failedAt)) pace = STEADY;
    if (spares.some(({ state }) => state === 'ended')) {
      pace = slower(pace, rules, now);
      this.metrics.poolRefillFailed(profile.id);
      if (pace.failures === rules.breakerAfter) {
        const { failures } = pace;
        this.logger.error({ msg: 'The pool of a profile is given up for minutes.', profile: profile.id, failures });
      }
    }
    this.paces.set(profile.id, pace);
    return pace;
  }

  /** Of all containers together. Null where the driver cannot say so, or cannot be asked now. */
  private async identify({ containers }: Profile, signal: AbortSignal): Promise<string | null> {
    const { images } = this.driver;
    if (!images) return null;
    try {
      const ids = await Promise.all(containers.map(({ image }) => images.identify(image, signal)));
      return ids.every((id) => id !== null) ? ids.join(' ') : null;
    } catch {
      // The engine is away: nothing is outdated for that, and a start says more about it.
      return null;
    }
  }

  private wanted(profileId: string): number {
    if (this.isDrained || !this.config.isEnabled) return 0;
    return this.profiles.find(profileId)?.pool.size ?? 0;
  }

  private pace(profileId: string): Pace {
    return this.paces.get(profileId) ?? STEADY;
  }
}

interface Pool {
  readonly profile: Profile;
  readonly size: number;
  readonly overlap: number;
  readonly spares: readonly SpareSeen[];
}
