import { type EngineRequest, type Trap } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { containersOf } from '../support/left-behind.js';
import { TEST_MS, useProxiedBay } from './proxied-bay.js';

type Step = Omit<Trap, 'act'>;
const around = (request: EngineRequest): Step[] => [
  { when: 'before', request },
  { when: 'after', request },
];

/** In the order in which Bay takes them. */
const FIRST_START: Step[] = [
  ...around('make volume'),
  ...around('make network'),
  ...around('make container'),
  ...around('start container'),
  { when: 'after', request: 'inspect container', nth: 2 },
];
const WAKE: Step[] = [...around('make container'), ...around('start container')];

await describeOnDriver('docker-host', 'Bay killed while a sandbox starts', () => {
  const proxied = useProxiedBay();
  const bay = () => proxied().bay;

  const comesToRest = async (id: string): Promise<void> => {
    await eventually(
      () => bay().client.get(id),
      ({ status }) => status === 'ready',
    );
    expect(await containersOf(id)).toEqual([expect.objectContaining({ State: 'running' })]);
  };

  it.each(FIRST_START)(
    'for the first time, $when: $request; the next Bay finishes the start',
    async (step) => {
      const { id } = await bay().client.create();
      await proxied().killedAt(step, () => bay().client.python(id, '1'));
      await comesToRest(id);
      expect((await bay().client.python(id, '6 * 7')).output).toBe('42');
    },
    TEST_MS,
  );

  it.each(WAKE)(
    'again, $when: $request; the next Bay finishes the start, and the files are there',
    async (step) => {
      const { id } = await bay().client.create();
      await bay().client.write(id, 'kept.txt', 'acknowledged');
      await bay().client.stop(id);
      await proxied().killedAt(step, () => bay().client.python(id, '1'));
      await comesToRest(id);
      expect(await bay().client.read(id, 'kept.txt')).toBe('acknowledged');
    },
    TEST_MS,
  );

  it(
    'and deleted afterwards, before it has started again: nothing is left',
    async () => {
      const { id } = await bay().client.create();
      await proxied().killedAt({ when: 'after', request: 'make container' }, () => bay().client.python(id, '1'));
      await bay().client.delete(id);
      await eventually(
        () => containersOf(id),
        (containers) => containers.length === 0,
      );
      expect((await bay().client.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
    },
    TEST_MS,
  );
});
