import { BayError } from './errors.js';

/** What is limited in number; `limits.<quota>` and `limits.<quota>_per_owner` say how many. */
export type QuotaName = 'sandboxes' | 'running' | 'executions';

export interface ExceededQuota {
  readonly quota: QuotaName;
  readonly scope: 'owner' | 'installation';
  readonly limit: number;
  /** How many there are without the one that was refused. */
  readonly current: number;
  readonly retryAfterMs: number;
}

const WORDS: Readonly<Record<QuotaName, { readonly what: string; readonly remedy: string }>> = {
  sandboxes: { what: 'sandboxes', remedy: 'Delete one' },
  running: { what: 'running sandboxes', remedy: 'Stop one' },
  executions: { what: 'executions at a time', remedy: 'Wait for one to end' },
};

export function quotaExceeded({ retryAfterMs, ...exceeded }: ExceededQuota): BayError {
  const { what, remedy } = WORDS[exceeded.quota];
  const who = exceeded.scope === 'owner' ? 'You may have' : 'This installation may have';
  return new BayError('quota_exceeded', `${who} ${exceeded.limit} ${what}. ${remedy} and try again.`, {
    details: { ...exceeded },
    retryAfterMs,
  });
}
