import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { findLeftBehind } from '../support/left-behind.js';
import { useBay } from '../support/use-bay.js';

interface GcBody {
  readonly results: readonly { readonly task_name: string; readonly cleaned_count: number }[];
  readonly total_errors: number;
}

await describeOnEachDriver('limits and cleaning up', (driver) => {
  const profile = (id: string, more: object = {}) => ({ id, resources: { cpus: 1, memory: '512m' }, ...more });
  const bay = useBay({
    driver,
    config: {
      // Nothing is cleaned up before somebody asks.
      gc: { enabled: false },
      limits: { sandboxes_per_owner: 4, running_per_owner: 2, executions_per_owner: 2 },
      proxy: { enabled: true, http_proxy: 'http://proxy.invalid:3128', no_proxy: 'near.invalid' },
      profiles: [profile('python-default'), profile('fleeting', { idle_timeout: 1, proxy: { enabled: false } })],
    },
  });
  const client = () => bay().client;
  const create = () => client().call('POST', '/v1/sandboxes', { json: {} });
  const exec = (id: string, command = 'true') =>
    client().call('POST', `/v1/sandboxes/${id}/shell/exec`, { json: { command, timeout: 60 } });
  const collect = async (tasks?: string[]): Promise<GcBody> =>
    (await client().call<GcBody>('POST', '/v1/admin/gc/run', { json: tasks ? { tasks } : {} })).body;
  const cleaned = ({ results }: GcBody): Record<string, number> =>
    Object.fromEntries(results.map(({ task_name, cleaned_count }) => [task_name, cleaned_count]));

  afterEach(async () => {
    const { items } = await client().list({ limit: 200 });
    await Promise.all(items.map(({ id }) => client().delete(id)));
  });

  it('gives an owner as many sandboxes as allowed, and the place of one that is deleted at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, create));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(4).fill(201), ...Array(8).fill(429)]);
    const refused = await create();
    expectError(refused, {
      status: 429,
      code: 'quota_exceeded',
      details: { quota: 'sandboxes', scope: 'owner', limit: 4, current: 4 },
    });
    expect(refused.headers['retry-after']).toBe('5');
    const [one] = (await client().list({ limit: 1 })).items;
    await client().delete(one?.id ?? '');
    expect((await create()).status).toBe(201);
  });

  it('starts as many as allowed, and nothing for one that is refused', async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, async () => (await client().create()).id));
    const [first = '', second = '', third = ''] = ids;
    await client().shell(first, 'true');
    await client().shell(second, 'true');
    const refused = await exec(third);
    expectError(refused, {
      status: 429,
      code: 'quota_exceeded',
      details: { quota: 'running', scope: 'owner', limit: 2, current: 2 },
    });
    expect((await client().get(third)).status).toBe('idle');
    await client().call('POST', `/v1/sandboxes/${first}/stop`);
    expect((await client().shell(third, 'echo now')).output).toBe('now');
  });

  it('runs as many executions at a time as allowed', async () => {
    const { id } = await client().create();
    await client().shell(id, 'true');
    const slow = [1, 2].map(() => exec(id, 'until [ -e go ]; do sleep 0.1; done'));
    const refused = await eventually(
      () => exec(id),
      ({ status }) => status === 429,
    );
    expectError(refused, {
      status: 429,
      code: 'quota_exceeded',
      details: { quota: 'executions', scope: 'owner', limit: 2, current: 2 },
    });
    await client().write(id, 'go', '');
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await exec(id)).status).toBe(200);
  });

  it('cleans up what an administrator names, on the engine, too', async () => {
    const expiring = await client().create({ ttl: 2 });
    await client().shell(expiring.id, 'true');
    const idle = await client().create({ profile: 'fleeting' });
    await client().shell(idle.id, 'true');
    await eventually(
      () => client().get(expiring.id),
      ({ status }) => status === 'expired',
    );
    expect(cleaned(await collect(['orphan_cargo']))).toEqual({ orphan_cargo: 0 });
    expect((await client().get(expiring.id)).status).toBe('expired');
    expect(cleaned(await collect(['expired_sandbox', 'nobody']))).toEqual({ expired_sandbox: 1 });
    expect((await client().call('GET', `/v1/sandboxes/${expiring.id}`)).status).toBe(404);

    const all = await eventually(
      () => collect(),
      (body) => cleaned(body)['idle_session'] === 1,
    );
    expect(all.total_errors).toBe(0);
    expect(Object.keys(cleaned(all))).toEqual(['idle_session', 'expired_sandbox', 'orphan_cargo', 'orphan_container']);
    expect((await client().get(idle.id)).status).toBe('idle');
    await client().delete(idle.id);
    await eventually(
      () => findLeftBehind(bay().installation()),
      (left) => left.length === 0,
    );
    expect((await client().call('GET', '/v1/admin/gc/status')).body).toMatchObject({
      enabled: false,
      is_running: false,
      tasks: { orphan_container: { enabled: true } },
    });
  });

  it('tells Python and the shell of the proxy, unless the profile has none', async () => {
    const { id } = await client().create();
    const script = 'echo $HTTP_PROXY $http_proxy; echo $NO_PROXY';
    const [proxy, near] = (await client().shell(id, script)).output.split('\n');
    expect(proxy).toBe('http://proxy.invalid:3128 http://proxy.invalid:3128');
    expect(near).toMatch(/^localhost,127\.0\.0\.1,.*,near\.invalid$/);
    const python = await client().python(id, 'import os; print(os.environ["http_proxy"])');
    expect(python.output.trim()).toBe('http://proxy.invalid:3128');
    const without = await client().create({ profile: 'fleeting' });
    expect((await client().shell(without.id, script)).output.trim()).toBe('');
  });
});
