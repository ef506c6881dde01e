import { type PoolRetry } from '../config/slices.js';

/**
 * Between two tries of a profile whose spares fail again and again, ms: often enough to notice that the image is there now,
 * rare enough that a broken profile costs the machine nothing.
 */
const BROKEN_PAUSE_MS = 300_000;

/** How a profile's starts go: failures in a row, and when the next try may be. */
export interface Pace {
  readonly failures: number;
  readonly failedAt: number;
  readonly nextTryAt: number;
}

export const STEADY: Pace = { failures: 0, failedAt: 0, nextTryAt: 0 };

export interface PaceRules extends PoolRetry {
  readonly sweepIntervalMs: number;
}

/** After one more failure. Pauses double up to the longest, rounds of tries are a sweep apart, and the breaker ends them. */
export function slower(pace: Pace, rules: PaceRules, now: number): Pace {
  const failures = pace.failures + 1;
  return { failures, failedAt: now, nextTryAt: now + pauseMs(failures, rules) };
}

function pauseMs(failures: number, rules: PaceRules): number {
  if (failures >= rules.breakerAfter) return BROKEN_PAUSE_MS;
  const inRound = failures % rules.attempts;
  if (inRound === 0) return Math.max(rules.sweepIntervalMs, rules.longestPauseMs);
  return Math.min(rules.pauseMs * 2 ** (inRound - 1), rules.longestPauseMs);
}

/** How many may start now: any number while all is well, a single one to see whether it is again, none in between. */
export function startsAllowed({ failures, nextTryAt }: Pace, starting: number, now: number): number {
  if (failures === 0) return Infinity;
  return now >= nextTryAt && starting === 0 ? 1 : 0;
}
