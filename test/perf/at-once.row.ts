import { DockerFloor } from './docker.floor.js';
import { against, inTurns, millisecondsOf } from './figures.js';
import { LocalFloor } from './local.floor.js';
import { type Row } from './rows.js';

const SANDBOXES = 8;
const TURNS = { warmUp: 0, samples: 3 };

/** Eight sandboxes asked for at once, until the last one has its first result. */
export const atOnce: Row = {
  name: 'at-once',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const floor = bay.driver === 'local' ? await LocalFloor.open() : await DockerFloor.open();
    const all = (start: () => Promise<unknown>): Promise<unknown> =>
      Promise.all(Array.from({ length: SANDBOXES }, () => start()));
    const byBay = async (): Promise<number> => {
      const ids: string[] = [];
      const ms = await millisecondsOf(() =>
        all(async () => {
          const { id } = await bay.client.create();
          ids.push(id);
          await bay.client.python(id, '1+1');
        }),
      );
      await bay.remove(...ids);
      return ms;
    };
    try {
      const turns = await inTurns(TURNS, byBay, () => floor.firstResults(SANDBOXES));
      const subject = {
        row: 'at-once',
        what: '8 created at once → all have a first result',
        driver: bay.driver,
      } as const;
      report(against({ ...subject, unit: 'ms' }, turns, { by: 'ratio', limit: null, floor: 'eight by hand at once' }));
    } finally {
      await floor.close();
    }
  },
};
