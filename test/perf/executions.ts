import { randomUUID } from 'node:crypto';
import { type ShipClient } from '../../src/runtimes/ship/ship-client.js';

const TIME_LIMIT_MS = 60_000;

/** Runs `1+1` on an agent and reads its events to the end. */
export const askPython = (agent: ShipClient): Promise<void> => ask(agent, { kind: 'python', code: '1+1' });

export const askShell = (agent: ShipClient): Promise<void> => ask(agent, { kind: 'shell', command: 'true' });

async function ask(
  agent: ShipClient,
  request: { kind: 'python'; code: string } | { kind: 'shell'; command: string },
): Promise<void> {
  const id = `exec-${randomUUID()}`;
  const events = agent.execute({ ...request, id, timeout_ms: TIME_LIMIT_MS }, AbortSignal.timeout(TIME_LIMIT_MS));
  for await (const event of events) {
    if (event.type !== 'exit') continue;
    if (event.outcome === 'ok') return;
    throw new Error(`The agent answered ${event.outcome}: ${event.message}`);
  }
  throw new Error('The agent ended its stream without an exit.');
}
