import { eventually } from '../support/eventually.js';
import { type MeasuredBay } from './bay.js';
import { against, alone, type Measured, millisecondsOf } from './figures.js';
import { type Row } from './rows.js';

const STARTS = 6;
const ENDS = 6;
const TTL_SEC = 3600;
const END_WITHIN_MS = 1_500;
/** "As fast as", ms: a statement more is not a wait, and what a start costs is hundreds of these. */
const AS_FAST_AS_MS = 0.5;

const CALLS = {
  get: ({ client }: MeasuredBay, id: string) => client.get(id),
  extend: ({ client }: MeasuredBay, id: string) => client.extendTtl(id, 1),
  keepalive: ({ client }: MeasuredBay, id: string) => client.keepAlive(id),
};
type Call = keyof typeof CALLS;
const NAMES = Object.keys(CALLS) as Call[];
type Times = Record<Call, { bay: number[]; floor: number[] }>;

/** Calls on a sandbox that is being started, and the same calls in turns on one that nobody starts. */
export const starting: Row = {
  name: 'starting',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const times: Times = { get: none(), extend: none(), keepalive: none() };
    const idle = await bay.client.create({ ttl: TTL_SEC });
    // The first one is for the engine and for Bay to warm up.
    await callWhileStarting(bay, idle.id, { get: none(), extend: none(), keepalive: none() });
    for (let start = 0; start < STARTS; start += 1) await callWhileStarting(bay, idle.id, times);
    const subject = { row: 'starting', driver: bay.driver, unit: 'ms' } as const;
    for (const name of NAMES) {
      const held = { by: 'difference', limit: AS_FAST_AS_MS, floor: 'on an idle one' } as const;
      report(against({ ...subject, what: `${name} while starting` }, times[name], held));
    }
    const within = { limit: END_WITHIN_MS, by: 'most' } as const;
    const stops = await endWhileStarting(bay, (id) => bay.client.stop(id));
    report(alone({ ...subject, what: 'stop while starting' }, stops, within));
    const deletes = await endWhileStarting(bay, (id) => bay.client.delete(id));
    report(alone({ ...subject, what: 'delete while starting' }, deletes, within));
    await bay.remove(idle.id);
  },
};

const none = (): { bay: number[]; floor: number[] } & Measured => ({ bay: [], floor: [] });

async function callWhileStarting(bay: MeasuredBay, idleId: string, times: Times): Promise<void> {
  const { id } = await bay.client.create({ ttl: TTL_SEC });
  const result = begin(bay, id);
  for (let turn = 0; (await bay.client.get(id)).status === 'starting'; turn += 1) {
    for (const name of NAMES) {
      const ofStarting = async (): Promise<void> =>
        void times[name].bay.push(await millisecondsOf(() => CALLS[name](bay, id)));
      const ofIdle = async (): Promise<void> =>
        void times[name].floor.push(await millisecondsOf(() => CALLS[name](bay, idleId)));
      for (const call of turn % 2 === 0 ? [ofStarting, ofIdle] : [ofIdle, ofStarting]) await call();
    }
  }
  await result;
  await bay.client.delete(id);
}

async function endWhileStarting(bay: MeasuredBay, end: (id: string) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  while (times.length < ENDS) {
    const { id } = await bay.client.create();
    const result = begin(bay, id);
    await eventually(
      () => bay.client.get(id),
      ({ status }) => status !== 'idle',
    );
    times.push(await millisecondsOf(() => end(id)));
    await result;
    await bay.client.delete(id);
  }
  return times;
}

/** Its answer is for the caller that gets none when the sandbox ends first. */
const begin = (bay: MeasuredBay, id: string): Promise<unknown> =>
  bay.client.call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { code: '1' } });
