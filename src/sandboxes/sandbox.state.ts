import { type Sandbox } from './sandbox.js';

/** What `/v1` clients see. `deleted` is never shown: such a sandbox is not found. */
export const SANDBOX_STATUSES = ['idle', 'starting', 'ready', 'failed', 'expired'] as const;
export type SandboxStatus = (typeof SANDBOX_STATUSES)[number];

type Facts = Pick<Sandbox, 'desiredState' | 'generation' | 'observedState' | 'observedGeneration' | 'expiresAt'>;

export const isExpired = (sandbox: Pick<Sandbox, 'expiresAt'>, now: number): boolean =>
  sandbox.expiresAt !== null && sandbox.expiresAt <= now;

/** From intent and observation together: "ready" is never inferred from what was wanted. */
export function statusOf(sandbox: Facts, now: number): SandboxStatus {
  if (isExpired(sandbox, now)) return 'expired';
  if (sandbox.desiredState !== 'running') return 'idle';
  if (sandbox.observedGeneration < sandbox.generation) return 'starting';
  switch (sandbox.observedState) {
    case 'running':
      return 'ready';
    case 'starting':
      return 'starting';
    case 'failed':
      return 'failed';
    case 'none':
    case 'lost':
    case 'stopped':
    case 'deleted':
      return 'idle';
  }
}
