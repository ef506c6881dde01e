import { type Trap } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { containersOf, openDocker } from '../support/left-behind.js';
import { TEST_MS, useProxiedBay } from './proxied-bay.js';

type Step = Omit<Trap, 'act'>;

const STOP: Step[] = [
  { when: 'before', request: 'remove container' },
  { when: 'after', request: 'remove container' },
];
const DELETE: Step[] = [
  ...STOP,
  { when: 'before', request: 'remove volume' },
  { when: 'after', request: 'remove volume' },
];

await describeOnDriver('docker-host', 'Bay killed while a sandbox ends', () => {
  const proxied = useProxiedBay();
  const bay = () => proxied().bay;

  const isGone = async (id: string): Promise<void> => {
    await eventually(
      () => containersOf(id),
      (containers) => containers.length === 0,
    );
  };

  it.each(STOP)(
    'by a stop, $when: $request; the next Bay finishes it, and the files are there',
    async (step) => {
      const { id } = await bay().client.create();
      await bay().client.write(id, 'kept.txt', 'acknowledged');
      await proxied().killedAt(step, () => bay().client.stop(id));
      await isGone(id);
      expect((await bay().client.get(id)).status).toBe('idle');
      expect(await bay().client.read(id, 'kept.txt')).toBe('acknowledged');
    },
    TEST_MS,
  );

  it.each(DELETE)(
    'by a delete, $when: $request; the next Bay finishes it',
    async (step) => {
      const { id, cargo_id: cargo } = await bay().client.create();
      await bay().client.python(id, '1');
      await proxied().killedAt(step, () => bay().client.delete(id));
      await isGone(id);
      const filters = { label: [`bay.cargo_id=${cargo}`] };
      await eventually(
        async () => (await openDocker().listVolumes({ filters })).Volumes ?? [],
        (volumes) => volumes.length === 0,
      );
      expect((await bay().client.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
      expect((await bay().client.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    },
    TEST_MS,
  );
});
