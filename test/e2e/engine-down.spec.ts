import { jest } from '@jest/globals';
import { BayServer } from '../support/bay-server.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { TEST_MS } from '../support/use-bay.js';

const DOWN = { status: 503, code: 'driver_unavailable' };

await describeOnDriver('docker-host', 'an engine that is down', () => {
  jest.setTimeout(TEST_MS);
  let engine: EngineProxy;
  let bay: BayServer;
  beforeEach(async () => {
    engine = await EngineProxy.open();
    await engine.down();
    bay = await BayServer.start({
      driver: 'docker-host',
      env: { DOCKER_HOST: engine.address },
      config: { gc: { interval_seconds: 0.5 } },
    });
  });
  afterEach(async () => {
    await bay.end();
    await engine.close();
  });
  const ready = () => bay.client.call('GET', '/readyz');

  it('is said, and the same sandbox works once it is up', async () => {
    expect(await ready()).toMatchObject({ status: 503, body: { checks: { database: 'ok', driver: 'unavailable' } } });
    expect(await bay.client.call('GET', '/health')).toMatchObject({ status: 200 });
    const { id } = await bay.client.create();
    const path = `/v1/sandboxes/${id}`;
    const error = expectError(await bay.client.call('POST', `${path}/shell/exec`, { json: { command: 'true' } }), DOWN);
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toContain(engine.address);
    expectError(await bay.client.call('GET', `${path}/filesystem/directories`), DOWN);
    await eventually(
      () => bay.client.get(id),
      ({ status }) => status === 'failed',
    );

    await engine.up();
    expect(await bay.client.shell(id, 'echo up')).toMatchObject({ output: 'up' });
    await eventually(ready, ({ status }) => status === 200);
  });

  it('disturbs no sandbox that runs, and what was asked meanwhile is done when it is back', async () => {
    await engine.up();
    const { id } = await bay.client.create();
    const other = await bay.client.create();
    await bay.client.python(id, 'x = 42');
    await bay.client.write(other.id, 'a.txt', 'a');
    await engine.down();

    expect(await bay.client.python(id, 'x')).toMatchObject({ output: '42' });
    expect(await bay.client.read(other.id, 'a.txt')).toBe('a');
    await bay.client.stop(other.id);
    await bay.client.delete(other.id);
    expect(await bay.client.python(id, 'x')).toMatchObject({ output: '42' });

    await engine.up();
    await bay.client.delete(id);
    await bay.expectNothingLeft();
  });
});

await describeOnDriver('docker-host', 'an image that is missing', () => {
  jest.setTimeout(TEST_MS);
  const image = 'bay-test/absent:none';
  let bay: BayServer;
  beforeAll(async () => {
    bay = await BayServer.start({ driver: 'docker-host', image });
  });
  afterAll(() => bay.end());

  it('is named with the command that makes it, and leaves nothing half-made', async () => {
    const { id } = await bay.client.create();
    const answer = await bay.client.call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { code: '1' } });
    const error = expectError(answer, { status: 503, code: 'image_missing', details: { sandbox_id: id } });
    expect(error.message).toContain(image);
    expect(error.message).toMatch(/docker (pull|build)|\.\/bay/);
    expect(await bay.client.get(id)).toMatchObject({ status: 'failed' });
    await bay.client.delete(id);
    await bay.expectNothingLeft();
  });
});
