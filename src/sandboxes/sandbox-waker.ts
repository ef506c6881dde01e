import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { BayError, type ErrorCode, ERRORS } from '../shared/errors.js';
import { naiveUtc } from '../shared/naive-time.js';
import { SYSTEM } from '../shared/scope.js';
import { Tracing } from '../telemetry/tracing.js';
import { SandboxChanges } from './sandbox-changes.js';
import { SandboxQuota } from './sandbox-quota.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { type Sandbox } from './sandbox.js';
import { isExpired, statusOf } from './sandbox.state.js';
import { SandboxesRepository } from './sandboxes.repository.js';

/** Between two looks at the row when nobody in this process changes it, ms. */
const LOOK_EVERY_MS = 250;
/** What a client is told to wait before it asks a starting sandbox again, ms. */
const RETRY_AFTER_MS = 1_000;

/** Makes sure that a sandbox runs. Any number of callers at once: the row lets exactly one of them ask for the start. */
@Injectable()
export class SandboxWaker {
  constructor(
    private readonly sandboxes: SandboxesRepository,
    private readonly sessions: SessionsService,
    private readonly quota: SandboxQuota,
    private readonly reconciler: SandboxReconciler,
    private readonly changes: SandboxChanges,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly tracing: Tracing,
  ) {}

  /**
   * The agent of the sandbox, started if need be. `known` is its row as the caller has just read it. Throws
   * `session_not_ready` at `deadline` (epoch ms) while the start goes on, what the start failed with, `quota_exceeded`,
   * `sandbox_expired` and `not_found`.
   */
  async ensureRunning(known: Sandbox, deadline: number): Promise<ShipClient> {
    const agent = await this.agentIfReady(known);
    if (agent) return agent;
    return this.tracing.span('sandbox.wake', { 'bay.sandbox': known.publicId }, () => this.wake(known.id, deadline));
  }

  /**
   * Asks for a start in the caller's transaction, so that a sandbox is made only if it may run; {@link ensureRunning} waits
   * for it after the commit. Throws `quota_exceeded`.
   */
  async request(sandbox: Sandbox): Promise<void> {
    await this.transactions.run(() => this.raise(sandbox));
  }

  private async wake(sandboxId: string, deadline: number): Promise<ShipClient> {
    const listener = this.changes.listen(sandboxId);
    try {
      let asked = 0;
      for (;;) {
        const sandbox = await this.load(sandboxId);
        const agent = await this.agentIfReady(sandbox);
        if (agent) return agent;
        asked = await this.ask(sandbox, asked);
        const left = deadline - this.clock.now();
        if (left <= 0) throw notReady(sandbox, 'The sandbox is still starting.');
        await listener.next(Math.min(left, LOOK_EVERY_MS));
      }
    } finally {
      listener.close();
    }
  }

  private async load(id: string): Promise<Sandbox> {
    const sandbox = await this.transactions.read(() => this.sandboxes.findById(SYSTEM, id));
    if (!sandbox || sandbox.deletedAt !== null) throw new BayError('not_found', 'The sandbox was deleted.');
    assertNotExpired(sandbox, this.clock.now());
    return sandbox;
  }

  private async agentIfReady(sandbox: Sandbox): Promise<ShipClient | null> {
    if (statusOf(sandbox, this.clock.now()) !== 'ready' || sandbox.sessionId === null) return null;
    return this.sessions.findAgent(sandbox.sessionId);
  }

  /** Asks for a start if nobody has. Returns the generation whose outcome this caller waits for. */
  private async ask(sandbox: Sandbox, asked: number): Promise<number> {
    if (asked > 0) {
      if (sandbox.desiredState !== 'running') throw notReady(sandbox, 'The sandbox was stopped while it was starting.');
      const failed = sandbox.observedState === 'failed' && sandbox.observedGeneration >= asked;
      if (failed) throw failureOf(sandbox);
    }
    const raised = await this.transactions.run(() => this.raise(sandbox));
    if (raised || !this.reconciler.isActive(sandbox.id)) void this.reconciler.reconcile(sandbox.id);
    return Math.max(asked, sandbox.generation + (raised ? 1 : 0));
  }

  private async raise(sandbox: Sandbox): Promise<boolean> {
    const raised = await this.sandboxes.wantRunning(SYSTEM, sandbox.id);
    if (raised) await this.quota.assertRunning(sandbox.owner);
    return raised;
  }
}

export function assertNotExpired(sandbox: Sandbox, now: number): void {
  if (!isExpired(sandbox, now)) return;
  throw new BayError('sandbox_expired', 'The sandbox has expired and is being removed. Create a new one.', {
    details: { sandbox_id: sandbox.publicId, expires_at: naiveUtc(sandbox.expiresAt ?? now) },
  });
}

export const notReady = (sandbox: Pick<Sandbox, 'publicId'>, message: string): BayError =>
  new BayError('session_not_ready', `${message} Try again in a moment.`, {
    details: { sandbox_id: sandbox.publicId, retry_after_ms: RETRY_AFTER_MS },
    retryAfterMs: RETRY_AFTER_MS,
  });

function failureOf(sandbox: Sandbox): BayError {
  const code = sandbox.failureCode ?? 'start_failed';
  const known: ErrorCode = code in ERRORS ? (code as ErrorCode) : 'start_failed';
  return new BayError(known, sandbox.failureMessage ?? 'The sandbox could not be started.', {
    details: { sandbox_id: sandbox.publicId },
  });
}
