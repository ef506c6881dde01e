import { type EngineRequest } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { containersOf } from '../support/left-behind.js';
import { TEST_MS, useProxiedBay } from './proxied-bay.js';

await describeOnDriver('docker-host', 'an engine that is not there', () => {
  const proxied = useProxiedBay();
  const bay = () => proxied().bay;

  const exec = (id: string, timeout: number) =>
    bay().client.call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { code: '6 * 7', timeout } });

  it.each<EngineRequest>(['make volume', 'make container', 'start container', 'inspect container'])(
    'hangs at "%s": 503 while the start goes on, looks and keepalives are answered, and it ends well',
    async (request) => {
      const { id } = await bay().client.create({ ttl: 3600 });
      const hold = proxied().engine.hold(request);
      const waiting = exec(id, 1);
      await hold.caught;
      expect((await bay().client.get(id)).status).toBe('starting');
      await bay().client.extendTtl(id, 60);
      await bay().client.keepAlive(id);
      expect(await waiting).toMatchObject({
        status: 503,
        body: { error: { code: 'session_not_ready', retryable: true } },
      });
      hold.letGo();
      expect(await exec(id, 30)).toMatchObject({ status: 200, body: { output: '42' } });
      expect(await containersOf(id)).toHaveLength(1);
    },
    TEST_MS,
  );

  it.each<EngineRequest>(['make container', 'start container'])(
    'hangs at "%s" while the sandbox is deleted: the delete is answered, and nothing is left once it is back',
    async (request) => {
      const { id } = await bay().client.create();
      const hold = proxied().engine.hold(request);
      const waiting = exec(id, 30);
      await hold.caught;
      await bay().client.delete(id);
      expect((await waiting).status).toBe(404);
      hold.letGo();
      await bay().expectNothingLeft();
    },
    TEST_MS,
  );

  it(
    'is stopped and comes back: 503 that says so, what runs is usable meanwhile, and all recovers by itself',
    async () => {
      const [running, fresh] = [await bay().client.create(), await bay().client.create()];
      await bay().client.python(running.id, 'answer = 42');
      await proxied().engine.down();
      expect(await exec(fresh.id, 30)).toMatchObject({ status: 503, body: { error: { code: 'driver_unavailable' } } });
      expect((await bay().client.python(running.id, 'answer')).output).toBe('42');
      expect((await bay().client.call('GET', '/readyz')).status).toBe(503);
      await proxied().engine.up();
      expect(await exec(fresh.id, 30)).toMatchObject({ status: 200, body: { output: '42' } });
      expect((await bay().client.python(running.id, 'answer')).output).toBe('42');
      await eventually(
        async () => (await bay().client.call('GET', '/readyz')).status,
        (status) => status === 200,
      );
    },
    TEST_MS,
  );

  it(
    'is stopped while a sandbox is deleted: the delete is answered, and carried out once it is back',
    async () => {
      const { id } = await bay().client.create();
      await bay().client.python(id, '1');
      await proxied().engine.down();
      await bay().client.delete(id);
      expect((await bay().client.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
      expect(await containersOf(id)).toHaveLength(1);
      await proxied().engine.up();
      await bay().expectNothingLeft();
    },
    TEST_MS,
  );

  it(
    'is away when Bay starts: Bay serves, and what ran before is usable',
    async () => {
      const { id } = await bay().client.create();
      await bay().client.python(id, 'answer = 42');
      await bay().kill();
      await proxied().engine.down();
      await bay().restart();
      expect((await bay().client.python(id, 'answer')).output).toBe('42');
      await proxied().engine.up();
      await bay().client.stop(id);
      await eventually(
        () => containersOf(id),
        (containers) => containers.length === 0,
      );
    },
    TEST_MS,
  );
});
