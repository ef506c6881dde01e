import { DockerFloor } from './docker.floor.js';
import { against, inTurns, millisecondsOf } from './figures.js';
import { LocalFloor } from './local.floor.js';
import { type Row } from './rows.js';

/** How many at once, and how often. */
const SIZES = [
  [8, 3],
  [50, 2],
] as const;

/** Sandboxes asked for at once, until the last one has its first result. */
export const atOnce: Row = {
  name: 'at-once',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const floor = bay.driver === 'local' ? await LocalFloor.open() : await DockerFloor.open();
    const byBay = async (count: number): Promise<number> => {
      const ids: string[] = [];
      const one = async (): Promise<void> => {
        const { id } = await bay.client.create();
        ids.push(id);
        await bay.client.python(id, '1+1');
      };
      const ms = await millisecondsOf(() => Promise.all(Array.from({ length: count }, one)));
      await bay.remove(...ids);
      return ms;
    };
    try {
      for (const [count, samples] of SIZES) {
        const turns = await inTurns(
          { warmUp: 0, samples },
          () => byBay(count),
          () => floor.firstResults(count),
        );
        const what = `${count} created at once → all have a first result`;
        const subject = { row: 'at-once', what, driver: bay.driver, unit: 'ms' } as const;
        report(against(subject, turns, { by: 'ratio', limit: null, floor: `${count} by hand at once` }));
      }
    } finally {
      await floor.close();
    }
  },
};
