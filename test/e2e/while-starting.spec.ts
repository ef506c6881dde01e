import { jest } from '@jest/globals';
import { BayServer } from '../support/bay-server.js';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { silentAgent, type SilentAgent } from '../support/silent-agent.js';
import { TEST_MS } from '../support/use-bay.js';

await describeOnEachDriver('a sandbox that is still starting', (driver) => {
  jest.setTimeout(TEST_MS);
  let silent: SilentAgent;
  let bay: BayServer;
  beforeAll(async () => {
    silent = await silentAgent(driver);
    bay = await BayServer.start(silent.options);
  });
  afterAll(async () => {
    try {
      await bay.end();
    } finally {
      await silent.remove();
    }
  });

  /** With a call that waits for it. */
  async function starting(options: Record<string, unknown> = {}) {
    const { id } = await bay.client.create(options);
    const first = bay.client.call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { code: '1', timeout: 100 } });
    await eventually(
      () => bay.client.get(id),
      ({ status }) => status === 'starting',
    );
    return { id, first };
  }

  it('answers get, list, extend and keepalive', async () => {
    const { id, first } = await starting({ ttl: 600 });
    expect(await bay.client.get(id)).toMatchObject({ status: 'starting', containers: null });
    expect((await bay.client.list({ status: 'starting' })).items.map((one) => one.id)).toContain(id);
    expect(await bay.client.extendTtl(id, 60)).toMatchObject({ id });
    expect(await bay.client.keepAlive(id)).toEqual({ status: 'ok' });
    expect(await bay.client.get(id)).toMatchObject({ status: 'starting' });
    await bay.client.delete(id);
    expectError(await first, { status: 404, code: 'not_found' });
  });

  it('is stopped, and says so to those who wait', async () => {
    const { id, first } = await starting();
    expect(await bay.client.stop(id)).toEqual({ status: 'stopped' });
    expectError(await first, { status: 503, code: 'session_not_ready', details: { sandbox_id: id } });
    expect(await bay.client.get(id)).toMatchObject({ status: 'idle', containers: null });
    await bay.client.delete(id);
    await bay.expectNothingLeft();
  });

  it('is deleted, and leaves nothing', async () => {
    const { id, first } = await starting();
    await bay.client.delete(id);
    expectError(await first, { status: 404, code: 'not_found' });
    await bay.expectNothingLeft();
  });

  it('is not waited for longer than the published clients do', async () => {
    const { id } = await bay.client.create();
    const answer = await bay.client.call('POST', `/v1/sandboxes/${id}/python/exec`, {
      json: { code: '1', timeout: 1 },
    });
    expectError(answer, { status: 503, code: 'session_not_ready', details: { sandbox_id: id, retry_after_ms: 1000 } });
    expect(await bay.client.get(id)).toMatchObject({ status: 'starting' });
  });
});

await describeOnEachDriver('a sandbox that never starts', (driver) => {
  jest.setTimeout(TEST_MS);
  let silent: SilentAgent;
  let bay: BayServer;
  beforeAll(async () => {
    silent = await silentAgent(driver);
    bay = await BayServer.start({ ...silent.options, config: { lifecycle: { start_timeout_seconds: 2 } } });
  });
  afterAll(async () => {
    try {
      await bay.end();
    } finally {
      await silent.remove();
    }
  });

  it('fails, says so, and leaves nothing running', async () => {
    const { id } = await bay.client.create();
    const answer = await bay.client.call('POST', `/v1/sandboxes/${id}/shell/exec`, { json: { command: 'true' } });
    expectError(answer, { status: 503, code: 'start_failed', details: { sandbox_id: id } });
    expect(await bay.client.get(id)).toMatchObject({ status: 'failed', containers: null });
    await bay.client.delete(id);
    await bay.expectNothingLeft();
  });
});
