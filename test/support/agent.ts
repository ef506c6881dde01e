import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Endpoint, type GroupLabels } from '../../src/drivers/driver.js';
import { AgentUnreachableError, AgentConnectionLostError } from '../../src/runtimes/ship/agent-errors.js';
import { ShipClient } from '../../src/runtimes/ship/ship-client.js';

export interface ShellResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox's agent as tests use it: waits for it, runs commands to their end. */
export class Agent {
  private readonly client: ShipClient;

  constructor(endpoint: Endpoint, secret: string, sessionId = 'session') {
    this.client = new ShipClient(endpoint, secret, sessionId);
  }

  /** Asks until the agent answers. Its refusals are thrown at once. */
  async ready(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.client.health(signal);
        return;
      } catch (error) {
        if (!(error instanceof AgentUnreachableError || error instanceof AgentConnectionLostError)) throw error;
        await delay(20, undefined, { signal });
      }
    }
  }

  async init(labels: GroupLabels, signal: AbortSignal): Promise<void> {
    await this.client.init({ session_id: labels.sessionId, sandbox_id: labels.sandboxId, env: {} }, signal);
  }

  async shell(command: string, signal: AbortSignal): Promise<ShellResult> {
    let stdout = '';
    let stderr = '';
    const request = { kind: 'shell' as const, id: randomUUID(), timeout_ms: 60_000, command };
    for await (const event of this.client.execute(request, signal)) {
      if (event.type === 'stdout') stdout += event.text;
      if (event.type === 'stderr') stderr += event.text;
      if (event.type === 'exit') return { exitCode: event.exit_code, stdout, stderr };
    }
    throw new Error('the stream ended without an exit event');
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
