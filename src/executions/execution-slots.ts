import { Injectable } from '@nestjs/common';
import { LimitsConfig } from '../config/slices.js';
import { Clock } from '../shared/clock.js';
import { quotaExceeded } from '../shared/quota.js';

const RETRY_AFTER_MS = 1_000;
/** How long an owner who was turned away counts as one who waits, ms: longer than clients wait before they try again. */
const WAITS_MS = 10_000;
/** Owners who wait and are remembered; more of them share as if they were this many. */
const MOST_WAITING = 1_000;

/**
 * Counts executions in flight: in this process, so that each replica has the limits for itself. Nothing awaits between look
 * and count.
 *
 * Fair: while places are free anyone may take them. Once somebody was turned away because all were taken, nobody takes
 * more than an equal share, so that the next free places go to those who wait and not to whoever asks most often.
 */
@Injectable()
export class ExecutionSlots {
  private readonly inFlight = new Map<string, number>();
  /** Since when, by owner; the oldest first. */
  private readonly waiting = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly limits: LimitsConfig,
    private readonly clock: Clock,
  ) {}

  /** A place until the returned function is called. Throws `quota_exceeded`. */
  take(owner: string): () => void {
    const { perOwner, total } = this.limits.quotas.executions;
    const own = this.inFlight.get(owner) ?? 0;
    if (perOwner > 0 && own >= perOwner) throw refusal('owner', perOwner, own);
    if (total > 0 && !this.admits(owner, own, total)) throw refusal('installation', total, this.total);
    this.waiting.delete(owner);
    this.count(owner, 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.count(owner, -1);
      isTaken = false;
    };
  }

  private admits(owner: string, own: number, limit: number): boolean {
    this.forgetWhoGaveUp();
    if (this.total >= limit) {
      if (this.waiting.size < MOST_WAITING && !this.waiting.has(owner)) this.waiting.set(owner, this.clock.now());
      return false;
    }
    const others = [...this.waiting.keys()].filter((waiting) => waiting !== owner);
    if (others.length === 0) return true;
    const contenders = new Set([...this.inFlight.keys(), ...others, owner]).size;
    return own < Math.max(1, Math.floor(limit / contenders));
  }

  private forgetWhoGaveUp(): void {
    const before = this.clock.now() - WAITS_MS;
    for (const [owner, since] of this.waiting) if (since < before) this.waiting.delete(owner);
  }

  private count(owner: string, change: 1 | -1): void {
    this.total += change;
    const own = (this.inFlight.get(owner) ?? 0) + change;
    if (own === 0) this.inFlight.delete(owner);
    else this.inFlight.set(owner, own);
  }
}

const refusal = (scope: 'owner' | 'installation', limit: number, current: number) =>
  quotaExceeded({ quota: 'executions', scope, limit, current, retryAfterMs: RETRY_AFTER_MS });
