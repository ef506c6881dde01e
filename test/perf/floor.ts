import { setTimeout as delay } from 'node:timers/promises';
import { type Endpoint, type GroupSpec } from '../../src/drivers/driver.js';
import { AgentConnectionLostError, AgentUnreachableError } from '../../src/runtimes/ship/agent-errors.js';
import { ShipClient } from '../../src/runtimes/ship/ship-client.js';
import { askPython } from './executions.js';
import { millisecondsOf } from './figures.js';

/** Starts sandboxes by hand, with the options that the driver would use and without Bay. */
export abstract class Floor {
  abstract readonly what: string;

  /** From nothing to the first Python result, ms. What is made before and removed afterwards does not count. */
  async firstResult(): Promise<number> {
    return this.firstResults(1);
  }

  /** The same for several at once, until the last one has its result. */
  async firstResults(count: number): Promise<number> {
    const prepared = await Promise.all(Array.from({ length: count }, () => this.prepare()));
    try {
      return await millisecondsOf(() => Promise.all(prepared.map((one) => one.start())));
    } finally {
      await Promise.all(prepared.map((one) => one.remove()));
    }
  }

  abstract close(): Promise<void>;
  protected abstract prepare(): Promise<Prepared>;
}

export interface Prepared {
  /** Returns with the first result. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

const ANSWERS_WITHIN_MS = 60_000;
const POLL_MS = 2;

/** As Bay's own profile `python-default` has it. */
export const MEMBER = {
  name: 'ship',
  runtime: 'ship',
  env: {},
  port: 8123,
  resources: { cpus: 1, memoryBytes: 2 ** 30, pids: 1024 },
} as const;

/** Waits until the agent answers, initialises it, and runs the first cell. */
export async function firstCell(endpoint: Endpoint, { labels, members }: GroupSpec): Promise<void> {
  const agent = new ShipClient(endpoint, members[0]?.secret ?? '', labels.sessionId);
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  try {
    while (!(await answers(agent, signal))) await delay(POLL_MS, undefined, { signal });
    await agent.init({ session_id: labels.sessionId, sandbox_id: labels.sandboxId, env: {} }, signal);
    await askPython(agent);
  } finally {
    await agent.close();
  }
}

async function answers(agent: ShipClient, signal: AbortSignal): Promise<boolean> {
  try {
    await agent.health(signal);
    return true;
  } catch (error) {
    if (error instanceof AgentUnreachableError || error instanceof AgentConnectionLostError) return false;
    throw error;
  }
}
