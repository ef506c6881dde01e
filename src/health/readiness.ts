import { Injectable } from '@nestjs/common';

/** Throws when what it looks at cannot serve; ends soon after the signal aborts. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<unknown>;

export type CheckResult = 'ok' | 'unavailable';

export interface ReadinessReport {
  readonly status: CheckResult;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** A probe waits no longer than this for all checks together. */
const DEADLINE_MS = 2000;

/** What must work for Bay to serve. The part that owns a thing registers its check; nothing is said beyond yes or no. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private pending: Promise<ReadinessReport> | null = null;

  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** All checks at once. Callers at the same time share one round, so that probes cannot pile up. */
  report(): Promise<ReadinessReport> {
    this.pending ??= this.look().finally(() => (this.pending = null));
    return this.pending;
  }

  private async look(): Promise<ReadinessReport> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await outcome(check, signal)] as const),
    );
    const status = results.every(([, result]) => result === 'ok') ? 'ok' : 'unavailable';
    return { status, checks: Object.fromEntries(results) };
  }
}

function outcome(check: ReadinessCheck, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('unavailable'), { once: true });
    // A check that throws before its first await counts like one that rejects.
    Promise.resolve(signal)
      .then(check)
      .then(
        () => resolve('ok'),
        () => resolve('unavailable'),
      );
  });
}
