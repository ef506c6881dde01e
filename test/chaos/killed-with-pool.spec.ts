import { type Trap } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { findLeftBehind } from '../support/left-behind.js';
import { pooled } from '../support/pooled-profile.js';
import { TEST_MS, useProxiedBay } from './proxied-bay.js';

type Step = Omit<Trap, 'act'>;

/** In the order in which a spare is made. */
const REFILL: Step[] = [
  { when: 'before', request: 'make volume' },
  { when: 'after', request: 'make volume' },
  { when: 'after', request: 'make container' },
  { when: 'after', request: 'start container' },
];

await describeOnDriver('docker-host', 'Bay killed while it has a pool', () => {
  const SIZE = 2;
  const proxied = useProxiedBay({ BAY_PROFILES: JSON.stringify([pooled(SIZE)]) });
  const bay = () => proxied().bay;
  const filled = (): Promise<unknown> =>
    eventually(
      () => bay().client.pool('python-default'),
      ({ ready, starting }) => ready === SIZE && starting === 0,
    );

  /** All that clients have works, the pool is full, and nothing else is on the engine: a volume and a container for each. */
  const isWhole = async (): Promise<string[]> => {
    await filled();
    const { items } = await bay().client.list();
    for (const { id } of items) expect((await bay().client.python(id, '6 * 7')).output).toBe('42');
    await eventually(
      async () => (await findLeftBehind(bay().installation())).filter((line) => /^(container|volume) /.test(line)),
      (objects) => objects.length === 2 * (SIZE + items.length),
    );
    return items.map(({ id }) => id);
  };

  it.each(REFILL)(
    'and fills it, $when: $request; the next Bay has the claimed sandbox and the pool, and nothing more',
    async (step) => {
      await filled();
      const killed = proxied().engine.set({ ...step, act: () => bay().kill() });
      // The claim is what sets off the refill: it is committed, whether its answer arrives or not.
      await Promise.all([Promise.allSettled([bay().client.create()]), killed]);
      await bay().restart();
      expect(await isWhole()).toHaveLength(1);
    },
    TEST_MS,
  );

  it(
    'and hands spares out; whoever was answered has his sandbox, and nobody shares one',
    async () => {
      await filled();
      const creates = Array.from({ length: 5 }, () => bay().client.create());
      await Promise.race(creates);
      await bay().kill();
      const answered = (await Promise.allSettled(creates)).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      );
      await bay().restart();
      const ids = await isWhole();
      for (const { id } of answered) expect(ids).toContain(id);
      const cargos = await Promise.all(ids.map(async (id) => (await bay().client.get(id)).cargo_id));
      expect(new Set(cargos).size).toBe(ids.length);
    },
    TEST_MS,
  );
});
