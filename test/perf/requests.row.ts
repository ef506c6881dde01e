import { BareRoute } from './bare-route.js';
import { against, inTurns } from './figures.js';
import { type Row } from './rows.js';

const CALLERS = 16;
const ROUND_MS = 2_000;
const TURNS = { warmUp: 1, samples: 5 };

/** How many looks at a running sandbox Bay answers in a second, to sixteen callers at once. */
export const requests: Row = {
  name: 'requests',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const { id } = await bay.client.create();
    await bay.client.python(id, '1+1');
    const bare = await BareRoute.start();
    const turns = await inTurns(
      TURNS,
      () => perSecond(() => bay.client.get(id)),
      () => perSecond(() => bare.get()),
    ).finally(() => bare.end());
    const what = `GET of a running sandbox, ${CALLERS} callers`;
    const subject = { row: 'requests', what, driver: bay.driver, unit: '1/s' } as const;
    report(against(subject, turns, { by: 'ratio', limit: 0.5, floor: 'a bare route of Nest, TypeORM and SQLite' }));
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
