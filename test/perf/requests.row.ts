import { against, inTurns } from './figures.js';
import { type Row } from './rows.js';

const CALLERS = 8;
const ROUND_MS = 2_000;
const TURNS = { warmUp: 1, samples: 5 };

/** How many looks at a running sandbox Bay answers in a second, to eight callers at once. */
export const requests: Row = {
  name: 'requests',
  drivers: ['docker-host'],
  async measure(bay, report) {
    const { id } = await bay.client.create();
    await bay.client.python(id, '1+1');
    const turns = await inTurns(
      TURNS,
      () => perSecond(() => bay.client.get(id)),
      () => perSecond(() => bay.client.call('GET', '/health')),
    );
    const subject = { row: 'requests', what: 'GET of a running sandbox, 8 callers', driver: bay.driver } as const;
    report(against({ ...subject, unit: '1/s' }, turns, { by: 'ratio', limit: null, floor: 'GET /health' }));
    await bay.remove(id);
  },
};

async function perSecond(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let answered = 0;
  const caller = async (): Promise<void> => {
    for (; performance.now() - startedAt < ROUND_MS; answered += 1) await call();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (answered * 1000) / (performance.now() - startedAt);
}
