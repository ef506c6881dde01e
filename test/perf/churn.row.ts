import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { type MeasuredBay } from './bay.js';
import { alone, summarize } from './figures.js';
import { residentMib } from './memory.js';
import { type Row } from './rows.js';

const SANDBOXES = 1_000;
const AT_ONCE = 4;
/** After the last one: what its removal needed for a moment is freed, or counts. */
const IDLE_MS = 5_000;
const LIMIT_MIB = 160;
const LIMIT_GROWTH = 1.05;

/** Bay's own memory after the first thousand sandboxes that came, ran Python and went, and after the second. */
export const churn: Row = {
  name: 'churn',
  drivers: ['local'],
  async measure(bay, report) {
    const [first, second] = [await afterAnother(bay), await afterAnother(bay)];
    const subject = { row: 'churn', driver: bay.driver, unit: 'MiB' } as const;
    const what = `Bay's anonymous memory after ${2 * SANDBOXES} sandboxes`;
    report(alone({ ...subject, what }, [second], { limit: LIMIT_MIB, by: 'most' }));
    report({
      ...subject,
      what: `the same, over that after ${SANDBOXES}`,
      bay: summarize([second]),
      floor: { ...summarize([first]), what: `after ${SANDBOXES}` },
      comparison: { by: 'ratio', value: second / first, limit: LIMIT_GROWTH },
    });
  },
};

async function afterAnother(bay: MeasuredBay): Promise<number> {
  const limit = pLimit(AT_ONCE);
  const one = async (): Promise<void> => {
    const { id } = await bay.client.create();
    await bay.client.python(id, '1+1');
    await bay.client.delete(id);
  };
  await Promise.all(Array.from({ length: SANDBOXES }, () => limit(one)));
  await delay(IDLE_MS);
  return residentMib(bay.pid, 'RssAnon');
}
