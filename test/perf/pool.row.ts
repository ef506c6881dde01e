import { eventually } from '../support/eventually.js';
import { findLeftBehind } from '../support/left-behind.js';
import { parsePrometheus, valueOf } from '../support/prometheus-text.js';
import { type MeasuredBay } from './bay.js';
import { alone, millisecondsOf } from './figures.js';
import { type Row } from './rows.js';

const PROFILE = 'python-default';
const SPARES = 4;
const WARM_UP = 3;
const SAMPLES = 100;
/** For all of them to start anew on a loaded machine, ms. */
const FILLED_WITHIN_MS = 150_000;
/** For the whole, ms. */
const REACH = { median: 20, p99: 60 };

/** From `POST /v1/sandboxes` to the first Python result, with a spare at hand. */
export const pool: Row = {
  name: 'pool',
  drivers: ['docker-host', 'local'],
  env: { BAY_PROFILES: JSON.stringify([{ id: PROFILE, warm_pool_size: SPARES }]) },
  async measure(bay, report) {
    const creates: number[] = [];
    const firstResults: number[] = [];
    for (let sample = 0; sample < WARM_UP + SAMPLES; sample += 1) {
      await isQuiet(bay);
      let id = '';
      const create = await millisecondsOf(async () => void ({ id } = await bay.client.create()));
      const result = await millisecondsOf(() => bay.client.python(id, '1+1'));
      await bay.client.delete(id);
      if (sample < WARM_UP) continue;
      creates.push(create);
      firstResults.push(create + result);
    }
    await assertAllHit(bay);
    const subject = { row: 'pool', driver: bay.driver, unit: 'ms' } as const;
    const whole = 'claim of a spare → first result';
    report(alone({ ...subject, what: whole }, firstResults, { limit: REACH.median, by: 'median' }));
    report(alone({ ...subject, what: `${whole}, 99th percentile` }, firstResults, { limit: REACH.p99, by: 'p99' }));
    report(alone({ ...subject, what: 'claim of a spare alone' }, creates, { limit: null, by: 'median' }));
    await bay.client.drainPools();
  },
};

/** The pool is full, and nothing that was deleted is being removed beside the next sample. */
async function isQuiet(bay: MeasuredBay): Promise<void> {
  await eventually(
    async () => {
      const { ready } = await bay.client.pool(PROFILE);
      const left = await findLeftBehind(bay.installation);
      const groups = left.filter((line) => /^(container |file local\/groups\/)/.test(line)).length;
      const workspaces = left.filter((line) => /^(volume |file local\/workspaces\/)/.test(line)).length;
      return { ready, groups, workspaces };
    },
    (seen) => Object.values(seen).every((count) => count === SPARES),
    FILLED_WITHIN_MS,
  );
}

/** A miss is a cold start, which is another row's. */
async function assertAllHit(bay: MeasuredBay): Promise<void> {
  const { body } = await bay.client.call<string>('GET', '/metrics');
  const hits = valueOf(parsePrometheus(body), 'bay_pool_claims_total', { profile: PROFILE, result: 'hit' });
  if (hits !== WARM_UP + SAMPLES) throw new Error(`Of ${WARM_UP + SAMPLES} creates ${hits} were given a spare.`);
}
