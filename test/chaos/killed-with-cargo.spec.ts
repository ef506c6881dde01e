import { type Trap } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { openDocker } from '../support/left-behind.js';
import { TEST_MS, useProxiedBay } from './proxied-bay.js';

const WHEN: Pick<Trap, 'when'>[] = [{ when: 'before' }, { when: 'after' }];

await describeOnDriver('docker-host', 'Bay killed at work on a cargo', () => {
  const proxied = useProxiedBay();
  const bay = () => proxied().bay;
  const client = () => bay().client;

  const make = async (): Promise<string> => (await client().call<{ id: string }>('POST', '/v1/cargos')).body.id;
  const remove = (id: string) => client().call('DELETE', `/v1/cargos/${id}`);
  const volumes = async (id: string): Promise<number> => {
    const filters = { label: [`bay.cargo_id=${id}`] };
    return (await openDocker().listVolumes({ filters })).Volumes?.length ?? 0;
  };
  const isGone = (id: string) =>
    eventually(
      () => volumes(id),
      (count) => count === 0,
    );

  it.each(WHEN)(
    '$when its volume is made: the next Bay uses the one volume, and it goes with the cargo',
    async ({ when }) => {
      const cargo_id = await make();
      const { id } = await client().create({ cargo_id });
      await proxied().killedAt({ when, request: 'make volume' }, () => client().python(id, '1'));
      await client().write(id, 'kept.txt', 'acknowledged');
      expect(await volumes(cargo_id)).toBe(1);
      await client().delete(id);

      const later = await client().create({ cargo_id });
      expect(await client().read(later.id, 'kept.txt')).toBe('acknowledged');
      await client().delete(later.id);
      expect((await remove(cargo_id)).status).toBe(204);
      await isGone(cargo_id);
    },
    TEST_MS,
  );

  it.each(WHEN)(
    '$when its volume is removed: the next Bay finishes it, and the cargo does not come back',
    async ({ when }) => {
      const [cargo_id, other] = [await make(), await make()];
      for (const cargo of [cargo_id, other]) {
        const { id } = await client().create({ cargo_id: cargo });
        await client().write(id, 'kept.txt', 'acknowledged');
        await client().delete(id);
      }
      await proxied().killedAt({ when, request: 'remove volume' }, () => remove(cargo_id));
      expect((await client().call('GET', `/v1/cargos/${cargo_id}`)).status).toBe(404);
      expect((await remove(cargo_id)).status).toBe(404);
      await isGone(cargo_id);

      const { id } = await client().create({ cargo_id: other });
      expect(await client().read(id, 'kept.txt')).toBe('acknowledged');
      await client().delete(id);
      expect((await remove(other)).status).toBe(204);
      await isGone(other);
    },
    TEST_MS,
  );
});
