import { type MeasuredBay } from './bay.js';
import { DockerFloor } from './docker.floor.js';
import { against, inTurns, millisecondsOf } from './figures.js';
import { LocalFloor } from './local.floor.js';
import { type Row } from './rows.js';

const STARTS = { warmUp: 1, samples: 12 };
const COLD_TO_FLOOR = { 'docker-host': 1.2, local: 1.3 } as const;
const WAKE_TO_COLD = 1.1;

/** From `POST /v1/sandboxes` to the first Python result, and the same from a stopped sandbox. */
export const starts: Row = {
  name: 'starts',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const wakes: number[] = [];
    const floor = bay.driver === 'local' ? await LocalFloor.open() : await DockerFloor.open();
    try {
      const cold = await inTurns(
        STARTS,
        () => coldThenWake(bay, wakes),
        () => floor.firstResult(),
      );
      const subject = { row: 'starts', driver: bay.driver, unit: 'ms' } as const;
      const limit = COLD_TO_FLOOR[bay.driver];
      report(
        against({ ...subject, what: 'create → first result, cold' }, cold, { by: 'ratio', limit, floor: floor.what }),
      );
      const woken = { bay: wakes.slice(STARTS.warmUp), floor: cold.bay };
      const toCold = { by: 'ratio', limit: WAKE_TO_COLD, floor: 'the cold create' } as const;
      report(against({ ...subject, what: 'wake from stopped → result' }, woken, toCold));
    } finally {
      await floor.close();
    }
  },
};

async function coldThenWake(bay: MeasuredBay, wakes: number[]): Promise<number> {
  let id = '';
  const cold = await millisecondsOf(async () => {
    ({ id } = await bay.client.create());
    await bay.client.python(id, '1+1');
  });
  await bay.stop(id);
  wakes.push(await millisecondsOf(() => bay.client.python(id, '1+1')));
  await bay.remove(id);
  return cold;
}
