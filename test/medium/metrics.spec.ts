import { CapabilitiesModule } from '../../src/capabilities/capabilities.module.js';
import { SandboxUsage } from '../../src/sandboxes/sandbox-usage.js';
import { SandboxesModule } from '../../src/sandboxes/sandboxes.module.js';
import { JobRunner } from '../../src/scheduling/job-runner.js';
import { BayError } from '../../src/shared/errors.js';
import { MetricsServer } from '../../src/telemetry/metrics-server.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { eventually } from '../support/eventually.js';
import { FakeDriver, FakeDriverModule } from '../support/fake-driver.js';
import { type PlatformApp, platformApp, withKey } from '../support/platform-app.js';
import { parsePrometheus, type Sample, samplesOf, valueOf } from '../support/prometheus-text.js';

let driver: FakeDriver;
let bay: PlatformApp;

const start = (env: Record<string, string> = {}): Promise<PlatformApp> =>
  platformApp({
    imports: [FakeDriverModule.with(driver), SandboxesModule, CapabilitiesModule],
    env: { BAY_GC__INTERVAL_SECONDS: '3600', BAY_METRICS__PORT: '0', ...env },
  });

beforeEach(async () => {
  driver = new FakeDriver();
  bay = await start();
});
afterEach(async () => {
  await bay.close();
  await driver.close();
});

const scrape = async (): Promise<Sample[]> =>
  parsePrometheus((await bay.http.get('/metrics').set(withKey).expect(200)).text);
const create = async (): Promise<string> =>
  (await bay.http.post('/v1/sandboxes').set(withKey).send({}).expect(201)).body.id as string;
const exec = (id: string) =>
  bay.http.post(`/v1/sandboxes/${id}/python/exec`).set(withKey).send({ code: 'hello', timeout: 5 });

describe('/metrics', () => {
  it('is Prometheus text, behind the key', async () => {
    expect((await bay.http.get('/metrics')).status).toBe(401);
    const response = await bay.http.get('/metrics').set(withKey);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(valueOf(parsePrometheus(response.text), 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('is on its own port without one, and nothing else is', async () => {
    const url = `http://127.0.0.1:${bay.app.get(MetricsServer).port}`;
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(valueOf(parsePrometheus(await response.text()), 'bay_database_units_queued')).toBeDefined();
    for (const path of ['/', '/health', '/v1/sandboxes', '/metrics/x']) {
      expect((await fetch(url + path)).status).toBe(404);
    }
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('goes on when one of its gauges cannot be read', async () => {
    const broken = () => Promise.reject(new Error('on purpose'));
    bay.app.get(Metrics).readAtScrape('gauge', { name: 'bay_test', help: 'x', labels: ['a'], read: broken });
    expect(samplesOf(await scrape(), 'bay_test')).toEqual([]);
  });
});

describe('what is counted', () => {
  it('of a start: every phase, by driver', async () => {
    await exec(await create()).expect(200);
    const samples = await scrape();
    for (const phase of ['volume', 'group', 'start', 'agent', 'init', 'total']) {
      expect(valueOf(samples, 'bay_start_phase_seconds_count', { driver: 'fake', phase })).toBe(1);
    }
    expect(valueOf(samples, 'bay_starts_total', { driver: 'fake', outcome: 'ok' })).toBe(1);
    const phases = samplesOf(samples, 'bay_start_phase_seconds_sum');
    const of = (wanted: string) => phases.find(({ labels }) => labels['phase'] === wanted)!.value;
    expect(of('total')).toBeGreaterThanOrEqual(of('group') + of('start') + of('agent') + of('init'));
  });

  it('of a start that fails: its code, as of the error that is answered', async () => {
    driver.failures.set('start', new BayError('start_failed', 'On purpose.'));
    await exec(await create()).expect(503);
    const samples = await scrape();
    expect(valueOf(samples, 'bay_starts_total', { outcome: 'start_failed' })).toBe(1);
    expect(valueOf(samples, 'bay_errors_total', { code: 'start_failed' })).toBe(1);
    expect(valueOf(samples, 'bay_execution_seconds_count', { outcome: 'start_failed', part: 'total' })).toBe(1);
    expect(valueOf(samples, 'bay_executions_in_flight', { kind: 'python' })).toBe(0);
    expect(samplesOf(samples, 'bay_start_phase_seconds_count', { phase: 'total' })).toEqual([]);
  });

  it('of an execution: its parts, which make the whole', async () => {
    const id = await create();
    await exec(id);
    await exec(id);
    const samples = await scrape();
    const labels = { kind: 'python', outcome: 'ok' };
    for (const part of ['wake', 'queue', 'run', 'total']) {
      expect(valueOf(samples, 'bay_execution_seconds_count', { ...labels, part })).toBe(2);
    }
    expect(valueOf(samples, 'bay_execution_added_seconds_count', labels)).toBe(2);
    expect(valueOf(samples, 'bay_executions_in_flight', { kind: 'python' })).toBe(0);
  });

  it('of requests: template and class of status, never the path', async () => {
    const id = await create();
    await bay.http.get(`/v1/sandboxes/${id}`).set(withKey);
    await bay.http.get('/v1/sandboxes/sandbox-nothing').set(withKey);
    for (let i = 0; i < 20; i += 1) await bay.http.get(`/made/up/${i}`).set(withKey);
    const samples = await scrape();
    const route = '/v1/sandboxes/:sandbox_id';
    const count = 'bay_http_request_duration_seconds_count';
    expect(valueOf(samples, count, { method: 'GET', route, status: '2xx' })).toBe(1);
    expect(valueOf(samples, count, { method: 'GET', route, status: '4xx' })).toBe(1);
    expect(valueOf(samples, count, { route: 'none' })).toBe(20);
    expect(JSON.stringify(samples)).not.toMatch(new RegExp(`${id}.*bay_http|made/up`));
  });

  it('of errors: their codes, as on the wire', async () => {
    await bay.http.get('/v1/nothing').set(withKey);
    await bay.http.get('/v1/sandboxes').expect(401);
    await bay.http.post('/v1/sandboxes').set(withKey).send({ ttl: 'x' }).expect(422);
    const samples = await scrape();
    for (const code of ['not_found', 'unauthorized', 'validation_error']) {
      expect(valueOf(samples, 'bay_errors_total', { code })).toBe(1);
    }
    expect(samplesOf(samples, 'bay_errors_total', { code: 'schema_violation' })).toEqual([]);
  });

  it('of the database: units by kind, and that none is left', async () => {
    await bay.http.get(`/v1/sandboxes/${await create()}`).set(withKey);
    // Jobs that run at the start may still be at it.
    const samples = await eventually(scrape, (seen) => valueOf(seen, 'bay_database_units_queued') === 0);
    for (const kind of ['read', 'write']) {
      const [ran, waited] = ['unit', 'wait'].map((what) =>
        valueOf(samples, `bay_database_${what}_seconds_count`, { kind }),
      );
      expect(ran).toBeGreaterThan(0);
      expect(waited).toBe(ran);
    }
  });

  it('of jobs and leases: runs, the last success, and who got what', async () => {
    const jobs = bay.app.get(JobRunner);
    const intervalMs = 86_400_000;
    jobs.register({ name: 'failing', intervalMs, run: () => Promise.reject(new Error('on purpose')) });
    jobs.register({ name: 'working', intervalMs, run: () => Promise.resolve() });
    for (const name of ['failing', 'working']) {
      jobs.trigger(name);
      await jobs.idle(name);
    }
    await exec(await create());
    const samples = await scrape();
    expect(valueOf(samples, 'bay_job_seconds_count', { job: 'failing', outcome: 'failed' })).toBe(1);
    expect(valueOf(samples, 'bay_job_seconds_count', { job: 'working', outcome: 'ok' })).toBe(1);
    expect(samplesOf(samples, 'bay_job_last_success_timestamp_seconds', { job: 'failing' })).toEqual([]);
    expect(valueOf(samples, 'bay_job_last_success_timestamp_seconds', { job: 'working' })).toBeGreaterThan(1e9);
    expect(valueOf(samples, 'bay_leases_total', { kind: 'job', event: 'acquired' })).toBeGreaterThanOrEqual(2);
    expect(valueOf(samples, 'bay_leases_total', { kind: 'sandbox', event: 'acquired' })).toBeGreaterThanOrEqual(1);
  });
});

describe('sandboxes', () => {
  const usage = () => bay.app.get(SandboxUsage);
  /** The first scrape has a round begun; the second has its figures. */
  const measured = async (): Promise<Sample[]> => {
    await scrape();
    await usage().idle();
    return scrape();
  };

  it('are counted by status and profile, until they are deleted', async () => {
    const [first] = [await create(), await create()];
    await exec(first);
    const counts = async () =>
      samplesOf(await scrape(), 'bay_sandboxes').map(({ labels, value }) => [
        labels['status'],
        labels['profile'],
        value,
      ]);
    expect((await counts()).sort()).toEqual([
      ['idle', 'python-default', 1],
      ['ready', 'python-default', 1],
    ]);
    await bay.http.delete(`/v1/sandboxes/${first}`).set(withKey).expect(204);
    expect(await counts()).toEqual([['idle', 'python-default', 1]]);
  });

  it('that run have memory and processor time, and no series once they do not', async () => {
    const [running, idle] = [await create(), await create()];
    await exec(running);
    expect(samplesOf(await scrape(), 'bay_sandbox_memory_bytes')).toEqual([]);
    await usage().idle();
    const samples = await scrape();
    expect(valueOf(samples, 'bay_sandbox_memory_bytes', { sandbox: running })).toBe(30 * 2 ** 20);
    expect(valueOf(samples, 'bay_sandbox_cpu_seconds_total', { sandbox: running })).toBe(1.5);
    expect(JSON.stringify(samples)).not.toContain(idle);
    await bay.http.delete(`/v1/sandboxes/${running}`).set(withKey).expect(204);
    expect(JSON.stringify(await scrape())).not.toContain(running);
  });

  it('are measured behind a scrape, which never waits for the engine', async () => {
    const open = driver.hold('usage.read');
    await exec(await create());
    await scrape();
    await scrape();
    expect(driver.count('usage.read')).toBe(1);
    open();
    await usage().idle();
    expect(samplesOf(await scrape(), 'bay_sandbox_memory_bytes')).toHaveLength(1);
  });

  it('that cannot be measured are left out', async () => {
    driver.failures.set('usage.read', new BayError('driver_unavailable', 'On purpose.'));
    await exec(await create());
    expect(samplesOf(await measured(), 'bay_sandbox_memory_bytes')).toEqual([]);
  });

  it('have series of their own up to a limit, the most recently active first', async () => {
    await bay.close();
    bay = await start({ BAY_METRICS__SANDBOXES_LIMIT: '1' });
    const [older, newer] = [await create(), await create()];
    await exec(older);
    await exec(newer);
    const series = samplesOf(await measured(), 'bay_sandbox_memory_bytes');
    expect(series.map(({ labels }) => labels['sandbox'])).toEqual([newer]);
  });

  it('have none where the limit is 0, and the driver is not asked', async () => {
    await bay.close();
    bay = await start({ BAY_METRICS__SANDBOXES_LIMIT: '0' });
    await exec(await create());
    expect(samplesOf(await measured(), 'bay_sandbox_memory_bytes')).toEqual([]);
    expect(driver.count('usage.read')).toBe(0);
  });
});
