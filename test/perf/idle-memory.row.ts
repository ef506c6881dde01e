import { setTimeout as delay } from 'node:timers/promises';
import { alone } from './figures.js';
import { anonymousMib } from './memory.js';
import { type Row } from './rows.js';

const SANDBOXES = 3;
/** After the last call: what a first call needed for a moment is freed, or counts. */
const IDLE_MS = 3_000;
const LIMIT_MIB = 40;

/** What a sandbox costs that has run Python and waits. */
export const idleMemory: Row = {
  name: 'idle-memory',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const values: number[] = [];
    for (let count = 0; count < SANDBOXES; count += 1) {
      const { id } = await bay.client.create();
      await bay.client.python(id, '1+1');
      const look = await anonymousMib(bay, id);
      await delay(IDLE_MS);
      values.push(look());
      await bay.remove(id);
    }
    const what = 'idle sandbox with Python started, anonymous memory';
    const subject = { row: 'idle-memory', what, driver: bay.driver, unit: 'MiB' } as const;
    report(alone(subject, values, { limit: LIMIT_MIB, by: 'most' }));
  },
};
