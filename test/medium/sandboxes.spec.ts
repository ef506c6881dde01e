import { type GroupSpec } from '../../src/drivers/driver.js';
import { CapabilitiesModule } from '../../src/capabilities/capabilities.module.js';
import { Transactions } from '../../src/database/transactions.js';
import { SandboxLeasesRepository } from '../../src/sandboxes/sandbox-leases.repository.js';
import { SandboxReconciler } from '../../src/sandboxes/sandbox.reconciler.js';
import { SandboxesModule } from '../../src/sandboxes/sandboxes.module.js';
import { SandboxesRepository } from '../../src/sandboxes/sandboxes.repository.js';
import { JobRunner } from '../../src/scheduling/job-runner.js';
import { BayError } from '../../src/shared/errors.js';
import { SYSTEM } from '../../src/shared/scope.js';
import { FakeDriver, FakeDriverModule } from '../support/fake-driver.js';
import { type PlatformApp, platformApp, withKey } from '../support/platform-app.js';

/** The whole life of a sandbox on a real database, real HTTP and real sockets; only the engine is one in memory. */
let driver: FakeDriver;
let bay: PlatformApp;

// Sweeps run when a test triggers them.
const SLOW_SWEEPS = { BAY_GC__INTERVAL_SECONDS: '3600', BAY_LIFECYCLE__ORPHAN_GRACE_SECONDS: '60' };

beforeEach(async () => {
  driver = new FakeDriver();
  bay = await platformApp({
    imports: [FakeDriverModule.with(driver), SandboxesModule, CapabilitiesModule],
    env: SLOW_SWEEPS,
  });
});
afterEach(async () => {
  await bay.close();
  await driver.close();
});

const create = async (body: object = {}): Promise<string> =>
  (await bay.http.post('/v1/sandboxes').set(withKey).send(body).expect(201)).body.id as string;
const get = async (id: string) => (await bay.http.get(`/v1/sandboxes/${id}`).set(withKey)).body;
const exec = (id: string, code = 'hello') =>
  bay.http.post(`/v1/sandboxes/${id}/python/exec`).set(withKey).send({ code, timeout: 5 });
const stop = (id: string) => bay.http.post(`/v1/sandboxes/${id}/stop`).set(withKey);
const remove = (id: string) => bay.http.delete(`/v1/sandboxes/${id}`).set(withKey);
const row = (publicId: string) =>
  bay.app.get(Transactions).run(() => bay.app.get(SandboxesRepository).find(SYSTEM, publicId));
const settle = async (publicId: string) => {
  await bay.app.get(SandboxReconciler).reconcile((await row(publicId))!.id);
};
const sweep = async (name: string) => {
  const jobs = bay.app.get(JobRunner);
  await jobs.idle(name);
  jobs.trigger(name);
  await jobs.idle(name);
};
/** Resolves once the driver was asked for the operation `times` times. */
const asked = async (operation: Parameters<FakeDriver['count']>[0], times = 1): Promise<void> => {
  const deadline = AbortSignal.timeout(5_000);
  while (driver.count(operation) < times) {
    deadline.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('the first call', () => {
  it('finds nothing on the engine, and starts exactly one session when twenty of them race', async () => {
    const id = await create();
    expect(driver.calls.filter((call) => call !== 'list')).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => exec(id, `call ${i}`)));
    expect(answers.map(({ body }) => body.output)).toEqual(answers.map((_, i) => `call ${i}`));
    expect(driver.count('start')).toBe(1);
    expect(await get(id)).toMatchObject({ status: 'ready', containers: [{ name: 'ship', version: '9.9.9' }] });
  });

  it('is told 503 with a time to come back while the start takes too long, and the start goes on', async () => {
    const open = driver.hold('start');
    const id = await create();
    const answer = await bay.http
      .get(`/v1/sandboxes/${id}/filesystem/directories`)
      .set(withKey)
      .timeout(1_000)
      .catch((error: { timeout?: number }) => error);
    expect(answer).toMatchObject({ timeout: 1_000 });
    expect((await get(id)).status).toBe('starting');
    open();
    await settle(id);
    expect((await get(id)).status).toBe('ready');
  });

  it('is told why when the start fails, and the next one starts afresh', async () => {
    const id = await create();
    driver.failures.set('ensureGroup', new BayError('image_missing', 'There is no image ship:latest. Build it.'));
    const failed = await exec(id).expect(503);
    expect(failed.body.error).toMatchObject({
      code: 'image_missing',
      message: 'There is no image ship:latest. Build it.',
    });
    expect((await get(id)).status).toBe('failed');
    driver.failures.clear();
    expect((await exec(id).expect(200)).body.output).toBe('hello');
  });

  it('leaves nothing of a failed start behind', async () => {
    const id = await create();
    driver.failures.set('start', new BayError('start_failed', 'no'));
    await exec(id).expect(503);
    await settle(id);
    expect(driver.groups.size).toBe(0);
    expect(await row(id)).toMatchObject({ observedState: 'failed', sessionId: null });
  });

  it('recovers by itself when the engine was away', async () => {
    const id = await create();
    const away = new BayError('driver_unavailable', 'The engine does not answer.');
    for (const call of ['volumes.ensure', 'list', 'remove'] as const) driver.failures.set(call, away);
    expect((await exec(id).expect(503)).body.error).toMatchObject({ code: 'driver_unavailable', retryable: true });
    driver.failures.clear();
    expect((await exec(id).expect(200)).body.output).toBe('hello');
  });
});

describe('a sandbox that is starting', () => {
  it('answers get, extend and keepalive at once', async () => {
    const open = driver.hold('start');
    const id = await create({ ttl: 600 });
    const first = exec(id).then((answer) => answer);
    await asked('start');
    expect((await get(id)).status).toBe('starting');
    await bay.http.post(`/v1/sandboxes/${id}/extend_ttl`).set(withKey).send({ extend_by: 60 }).expect(200);
    await bay.http.post(`/v1/sandboxes/${id}/keepalive`).set(withKey).expect(200);
    open();
    expect((await first).status).toBe(200);
  });

  it('is stopped in the middle, with nothing left', async () => {
    driver.hold('start');
    const id = await create();
    const first = exec(id).then((answer) => answer);
    await asked('start');
    await stop(id).expect(200, { status: 'stopped' });
    expect((await first).body.error).toMatchObject({ code: 'session_not_ready' });
    await settle(id);
    expect(driver.groups.size).toBe(0);
    expect(await get(id)).toMatchObject({ status: 'idle', idle_expires_at: null });
  });

  it('is deleted in the middle, with nothing left', async () => {
    driver.hold('start');
    const id = await create();
    const first = exec(id).then((answer) => answer);
    await asked('start');
    await remove(id).expect(204);
    expect((await first).body.error).toMatchObject({ code: 'not_found' });
    await settle(id);
    expect(driver.groups.size).toBe(0);
    expect(driver.volumeNames.size).toBe(0);
  });
});

describe('a running sandbox', () => {
  it('is stopped and wakes as a new session on the same workspace', async () => {
    const id = await create();
    await exec(id).expect(200);
    const before = [...driver.groups.values()][0]!.spec;
    await stop(id).expect(200);
    expect(driver.groups.size).toBe(0);
    await exec(id).expect(200);
    const after = [...driver.groups.values()][0]!.spec;
    expect(after.volume).toBe(before.volume);
    expect(after.labels.sessionId).not.toBe(before.labels.sessionId);
    expect(after.members[0]!.secret).not.toBe(before.members[0]!.secret);
  });

  it('whose container was killed by hand is replaced by the next call', async () => {
    const id = await create();
    await exec(id).expect(200);
    await driver.killAll();
    expect((await exec(id, 'again').expect(200)).body.output).toBe('again');
    expect(driver.groups.size).toBe(1);
  });

  it('whose agent was restarted is initialised again by the next call', async () => {
    const id = await create();
    await exec(id).expect(200);
    driver.agents[0]!.forgetInit();
    expect((await exec(id, 'again').expect(200)).body.output).toBe('again');
    expect(driver.count('start')).toBe(1);
    expect(driver.agents[0]!.log.filter((call) => call === 'POST /init')).toHaveLength(2);
  });

  it('that died unseen is found by the sweep and shown as idle', async () => {
    const id = await create();
    await exec(id).expect(200);
    await driver.killAll();
    await sweep('check-running-sandboxes');
    expect(await get(id)).toMatchObject({ status: 'idle', containers: null });
    expect(driver.groups.size).toBe(0);
  });

  it('never runs code a second time when the connection breaks after it was sent', async () => {
    const id = await create();
    await exec(id).expect(200);
    const answer = await exec(id, 'drop').expect(409);
    expect(answer.body.error.code).toBe('execution_lost');
    expect(driver.agents[0]!.runs).toHaveLength(2);
  });
});

describe('the engine after a crash', () => {
  it('loses groups that no row knows after their grace, and keeps the others', async () => {
    const id = await create();
    await exec(id).expect(200);
    driver.add({ labels: { sessionId: 'stranger', sandboxId: 'x' }, members: [] } as unknown as GroupSpec);
    driver.createdAtMs = Date.now();
    await sweep('remove-orphans');
    expect(driver.groups.size).toBe(2);
    driver.createdAtMs = Date.now() - 61_000;
    await sweep('remove-orphans');
    expect([...driver.groups.keys()]).not.toContain('stranger');
    expect((await exec(id).expect(200)).body.success).toBe(true);
  });
});

describe('a deleted sandbox', () => {
  it('keeps its volume until the engine has let go of it, and is then at rest', async () => {
    const id = await create();
    await exec(id).expect(200);
    driver.failures.set('volumes.remove', new BayError('driver_unavailable', 'busy'));
    await remove(id).expect(204);
    expect(driver.volumeNames.size).toBe(1);
    driver.failures.clear();
    await sweep('settle-sandboxes');
    expect(driver.volumeNames.size).toBe(0);
    expect(await row(id)).toMatchObject({ observedState: 'deleted', sessionId: null });
  });

  it('is deleted again with success, and is otherwise not found', async () => {
    const id = await create();
    await remove(id).expect(204);
    await remove(id).expect(204);
    await exec(id).expect(404);
    expect((await get(id)).error.code).toBe('not_found');
  });
});

describe('the lease of a sandbox', () => {
  it('has one winner among twenty, and losers write nothing', async () => {
    const sandbox = (await row(await create()))!;
    const leases = bay.app.get(SandboxLeasesRepository);
    const transactions = bay.app.get(Transactions);
    const now = Date.now();
    const tokens = Array.from({ length: 20 }, (_, i) => ({ sandboxId: sandbox.id, token: `worker-${i}` }));
    const won = await Promise.all(
      tokens.map((lease) => transactions.run(() => leases.acquire(lease, now, now + 1_000))),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = won.indexOf(true);
    for (const [index, lease] of tokens.entries()) {
      const wrote = await transactions.run(() => leases.write(lease, { observedState: 'lost' }));
      expect(wrote).toBe(index === winner);
    }
  });

  it('is free again when it has run out', async () => {
    const sandbox = (await row(await create()))!;
    const leases = bay.app.get(SandboxLeasesRepository);
    const acquire = (token: string, now: number) =>
      bay.app.get(Transactions).run(() => leases.acquire({ sandboxId: sandbox.id, token }, now, now + 1_000));
    expect(await acquire('a', 10_000)).toBe(true);
    expect(await acquire('b', 11_000)).toBe(false);
    expect(await acquire('b', 11_001)).toBe(true);
  });
});
