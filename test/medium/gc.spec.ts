import { jest } from '@jest/globals';
import { Transactions } from '../../src/database/transactions.js';
import { SandboxCreation } from '../../src/sandboxes/sandbox-creation.js';
import { JobRunner } from '../../src/scheduling/job-runner.js';
import { BayError } from '../../src/shared/errors.js';
import { FakeBay } from '../support/fake-bay.js';

// A collection may take 25 s by itself.
jest.setTimeout(60_000);

let bay: FakeBay;
afterEach(() => bay.end());

const TASKS = ['idle_session', 'expired_sandbox', 'orphan_cargo', 'orphan_container'];
const run = (body?: object) => bay.post('/v1/admin/gc/run', body);
const status = async () => (await bay.get('/v1/admin/gc/status').expect(200)).body;
const names = (body: { results: { task_name: string }[] }) => body.results.map(({ task_name }) => task_name);
const result = (body: { results: { task_name: string }[] }, task: string) =>
  body.results.find(({ task_name }) => task_name === task);

/** A sandbox that ran and is no longer used: its profile allows one second. */
const IDLE_PROFILE = JSON.stringify([{ id: 'python-default', idle_timeout: 1 }]);
const until = async (look: () => Promise<boolean>): Promise<void> => {
  const deadline = AbortSignal.timeout(10_000);
  while (!(await look())) {
    deadline.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const hasExpired = async (id: string): Promise<boolean> =>
  (await bay.get(`/v1/sandboxes/${id}`)).body.status === 'expired';
const orphan = (sessionId: string) =>
  bay.driver.add({
    labels: { sandboxId: 'sandbox-000000000000', sessionId, workspaceId: 'ws-000000000000', profileId: 'p' },
    volume: 'v',
    egress: 'none',
    members: [],
  } as never);

describe('a collection', () => {
  it('runs every task when none is named, and says what each did', async () => {
    bay = await FakeBay.start();
    for (const body of [undefined, {}, { tasks: null }]) {
      const { body: answer } = await run(body).expect(200);
      expect(names(answer)).toEqual(TASKS);
      expect(answer).toMatchObject({ total_cleaned: 0, total_errors: 0, duration_ms: expect.any(Number) });
      expect(answer.results[0]).toEqual({ task_name: 'idle_session', cleaned_count: 0, skipped_count: 0, errors: [] });
    }
  });

  it('runs only what is named; a name that nobody knows is ignored', async () => {
    bay = await FakeBay.start();
    expect(names((await run({ tasks: ['orphan_cargo', 'lost_property'] }).expect(200)).body)).toEqual(['orphan_cargo']);
    expect((await run({ tasks: ['lost_property'] }).expect(200)).body.results).toEqual([]);
    await run({ tasks: 'all' }).expect(422);
  });

  it('does only what was named to sandboxes, too', async () => {
    bay = await FakeBay.start();
    const id = await bay.create({ ttl: 1 });
    await until(() => hasExpired(id));
    const untouched = (await run({ tasks: ['idle_session'] }).expect(200)).body;
    expect(untouched.total_cleaned).toBe(0);
    await bay.get(`/v1/sandboxes/${id}`).expect(200);
    const { body } = await run({ tasks: ['expired_sandbox'] }).expect(200);
    expect(body).toMatchObject({ total_cleaned: 1, results: [{ cleaned_count: 1 }] });
    await bay.get(`/v1/sandboxes/${id}`).expect(404);
  });

  it('goes on until nothing is left, however much it is', async () => {
    bay = await FakeBay.start();
    const request = { profileId: 'python-default', cargoId: null, ttlSec: 1 };
    const { app } = bay.app;
    const last = await app.get(Transactions).run(async () => {
      for (let count = 1; count < 205; count += 1) await app.get(SandboxCreation).create('default', request);
      return app.get(SandboxCreation).create('default', request);
    });
    await until(() => hasExpired(last.publicId));
    const { body } = await run({ tasks: ['expired_sandbox'] }).expect(200);
    expect(body).toMatchObject({ total_cleaned: 205, total_errors: 0 });
    expect((await bay.get('/v1/sandboxes')).body.items).toEqual([]);
  });

  it('stops what nobody uses', async () => {
    bay = await FakeBay.start({ BAY_PROFILES: IDLE_PROFILE });
    const id = await bay.create();
    await bay.exec(id).expect(200);
    await until(async () => result((await run().expect(200)).body, 'idle_session')?.['cleaned_count' as never] === 1);
    expect((await bay.get(`/v1/sandboxes/${id}`)).body.status).toBe('idle');
  });

  it('removes groups that no row knows, leaves young ones, and goes on after one that cannot be removed', async () => {
    bay = await FakeBay.start();
    bay.driver.createdAtMs = Date.now();
    orphan('young');
    const tasks = ['orphan_container'];
    expect((await run({ tasks }).expect(200)).body.results).toMatchObject([{ cleaned_count: 0, skipped_count: 1 }]);
    bay.driver.createdAtMs = 0;
    bay.driver.failures.set('remove', new BayError('driver_unavailable', 'The engine does not answer.'));
    expect((await run({ tasks }).expect(200)).body).toMatchObject({
      total_errors: 1,
      results: [{ cleaned_count: 0, errors: ['The engine does not answer.'] }],
    });
    bay.driver.failures.delete('remove');
    expect((await run({ tasks }).expect(200)).body.results).toMatchObject([{ cleaned_count: 1, skipped_count: 0 }]);
    expect(bay.driver.groups.size).toBe(0);
  });

  it('tells why a whole task failed, and runs the others', async () => {
    bay = await FakeBay.start();
    bay.driver.failures.set('list', new BayError('driver_unavailable', 'The engine does not answer.'));
    const { body } = await run().expect(200);
    expect(names(body)).toEqual(TASKS);
    expect(result(body, 'orphan_container')).toMatchObject({ errors: ['The engine does not answer.'] });
    expect(body.total_errors).toBe(1);
  });

  it('is 423 while another one runs, and works again after it', async () => {
    bay = await FakeBay.start();
    const { app } = bay.app;
    const open = bay.driver.hold('list');
    const first = run().then((answer) => answer);
    await until(async () => (await status()).is_running);
    const refused = await run().expect(423);
    expect(refused.body.error).toMatchObject({ code: 'locked', retryable: true });
    expect(refused.headers['retry-after']).toBe('1');
    open();
    expect((await first).status).toBe(200);
    expect((await status()).is_running).toBe(false);
    await run().expect(200);
    await app.get(JobRunner).idle('remove-orphans');
  });

  it('waits for a sweep that is under way in the background', async () => {
    bay = await FakeBay.start();
    const jobs = bay.app.app.get(JobRunner);
    await jobs.idle('remove-orphans');
    const open = bay.driver.hold('list');
    jobs.trigger('remove-orphans');
    const asked = run({ tasks: ['orphan_container'] }).then((answer) => answer);
    await until(async () => (await status()).is_running);
    open();
    expect((await asked).body).toMatchObject({ total_errors: 0, results: [{ task_name: 'orphan_container' }] });
  });
});

describe('the configuration', () => {
  it('takes a task away, whoever asks', async () => {
    bay = await FakeBay.start({ BAY_GC__ORPHAN_CARGO__ENABLED: 'false', BAY_GC__IDLE_SESSION__ENABLED: 'no' });
    expect(names((await run().expect(200)).body)).toEqual(['expired_sandbox', 'orphan_container']);
    expect((await run({ tasks: ['orphan_cargo'] }).expect(200)).body.results).toEqual([]);
    expect((await status()).tasks).toEqual({
      idle_session: { enabled: false },
      expired_sandbox: { enabled: true },
      orphan_cargo: { enabled: false },
      orphan_container: { enabled: true },
    });
  });

  it('shows itself in the status', async () => {
    bay = await FakeBay.start();
    expect(await status()).toMatchObject({ enabled: true, interval_seconds: 3600, instance_id: expect.any(String) });
  });

  it('leaves everything to whoever asks when it is off', async () => {
    bay = await FakeBay.start({ BAY_GC__ENABLED: 'false' });
    expect((await status()).enabled).toBe(false);
    expect(bay.driver.count('list')).toBe(0);
    const { body } = await run().expect(200);
    expect(names(body)).toEqual(TASKS);
    expect(bay.driver.count('list')).toBeGreaterThan(0);
  });

  it('looks for orphans at the start, unless it says not to', async () => {
    bay = await FakeBay.start({ BAY_GC__RUN_ON_STARTUP: 'false' });
    await bay.app.app.get(JobRunner).idle('remove-orphans');
    expect(bay.driver.count('list')).toBe(0);
    await bay.end();
    bay = await FakeBay.start();
    await until(async () => bay.driver.count('list') > 0);
  });
});
