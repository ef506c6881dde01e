import { Injectable } from '@nestjs/common';
import {
  AgentConnectionLostError,
  AgentNotInitializedError,
  AgentUnreachableError,
} from '../runtimes/ship/agent-errors.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { Clock } from '../shared/clock.js';
import { SYSTEM } from '../shared/scope.js';
import { SandboxActivity } from './sandbox-activity.js';
import { notReady, SandboxWaker } from './sandbox-waker.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { type Sandbox } from './sandbox.js';
import { SandboxesService } from './sandboxes.service.js';

/** Calls into a sandbox: awake, counted as activity, and moved to a new session when the old one turns out to be gone. */
@Injectable()
export class SandboxCalls {
  constructor(
    private readonly waker: SandboxWaker,
    private readonly reconciler: SandboxReconciler,
    private readonly sandboxes: SandboxesService,
    private readonly activity: SandboxActivity,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs `call` against the sandbox's agent. It waits up to `waitMs` for the sandbox to be ready. `call` runs a second time
   * only when nothing of the first one reached an agent.
   */
  async run<T>(sandbox: Sandbox, waitMs: number, call: (agent: ShipClient) => Promise<T>): Promise<T> {
    const deadline = this.clock.now() + waitMs;
    const end = this.activity.begin(sandbox);
    try {
      return await this.attempt(sandbox, deadline, call);
    } catch (error) {
      if (!(error instanceof AgentUnreachableError || error instanceof AgentNotInitializedError)) throw error;
      await this.reconciler.reconcile(sandbox.id, { doubt: true });
      const now = await this.sandboxes.get(SYSTEM, sandbox.publicId);
      return await this.attempt(now, deadline, call).catch((again: unknown) => {
        throw asNotReady(sandbox, again);
      });
    } finally {
      end();
    }
  }

  private async attempt<T>(sandbox: Sandbox, deadline: number, call: (agent: ShipClient) => Promise<T>): Promise<T> {
    return call(await this.waker.ensureRunning(sandbox, deadline));
  }
}

/** What is still not reached the second time is answered as "not ready", and may be tried again. */
function asNotReady(sandbox: Sandbox, error: unknown): unknown {
  const silent =
    error instanceof AgentUnreachableError ||
    error instanceof AgentNotInitializedError ||
    error instanceof AgentConnectionLostError;
  return silent ? notReady(sandbox, 'The sandbox does not answer.') : error;
}
