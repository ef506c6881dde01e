import { containersOf, findProcesses } from '../support/left-behind.js';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { useBay } from '../support/use-bay.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
const epoch = (naive: string): number => Date.parse(`${naive}Z`);

await describeOnEachDriver('sandboxes', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;

  it('creates one without starting anything', async () => {
    const made = await client().create();
    expect(made).toEqual({
      id: expect.stringMatching(/^sandbox-[0-9a-f]{12}$/) as string,
      status: 'idle',
      profile: 'python-default',
      cargo_id: expect.stringMatching(/^ws-[0-9a-f]{12}$/) as string,
      capabilities: ['filesystem', 'shell', 'python'],
      created_at: expect.stringMatching(INSTANT) as string,
      expires_at: null,
      idle_expires_at: null,
      containers: null,
    });
    expect(await client().get(made.id)).toEqual(made);
    expect(await containersOf(made.id)).toEqual([]);
    expect(findProcesses(bay().installation())).toEqual([]);
  });

  it('shows what runs once it was used', async () => {
    const { id } = await client().create({ ttl: 3600 });
    await client().shell(id, 'true');
    const seen = await client().get(id);
    expect(seen.status).toBe('ready');
    expect(seen.containers).toEqual([
      {
        name: 'ship',
        runtime_type: 'ship',
        status: 'running',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        capabilities: [],
        healthy: true,
      },
    ]);
    expect(seen.expires_at).toMatch(INSTANT);
    expect(seen.idle_expires_at).toMatch(INSTANT);
    expect(epoch(seen.expires_at!) - epoch(seen.created_at)).toBe(3_600_000);
    const [listed] = (await client().list({ status: 'ready' })).items.filter((one) => one.id === id);
    expect(listed).toMatchObject({ id, status: 'ready', containers: null });
  });

  it.each([null, 0])('takes a ttl of %p for none', async (ttl) => {
    expect((await client().create({ ttl })).expires_at).toBeNull();
  });

  it('lists all, newest first, page by page, and by status', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await client().create()).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await client().list(cursor === null ? { limit: 2 } : { limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen.slice(0, 5)).toEqual(made.reverse());
    expect(new Set(seen).size).toBe(seen.length);

    const idle = await client().list({ status: 'idle', limit: 200 });
    expect(idle.items.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(idle.items.every(({ status }) => status === 'idle')).toBe(true);
    const unknown = await client().list({ status: 'no-such-status', limit: 200 });
    expect(unknown.items).toHaveLength(seen.length);
    expect((await client().list({ status: 'deleted' })).items).toHaveLength(seen.length > 50 ? 50 : seen.length);
  });

  it('deletes one with its files, twice', async () => {
    const { id } = await client().create();
    await client().write(id, 'kept.txt', 'until now');
    await client().delete(id);
    await client().delete(id);
    expectError(await client().call('GET', `/v1/sandboxes/${id}`), { status: 404, code: 'not_found' });
    expect((await client().list({ limit: 200 })).items.map((one) => one.id)).not.toContain(id);
    expectError(await client().call('POST', `/v1/sandboxes/${id}/shell/exec`, { json: { command: 'true' } }), {
      status: 404,
      code: 'not_found',
    });
  });

  it('knows no sandbox that never was', async () => {
    const path = '/v1/sandboxes/sandbox-000000000000';
    expectError(await client().call('GET', path), { status: 404, code: 'not_found' });
    expectError(await client().call('DELETE', path), { status: 404, code: 'not_found' });
  });

  it('shows its profiles', async () => {
    const answer = await client().call<{ items: Record<string, unknown>[] }>('GET', '/v1/profiles');
    expect(answer.status).toBe(200);
    expect(answer.body.items.find(({ id }) => id === 'python-default')).toMatchObject({
      resources: { cpus: 1, memory: '1g' },
      capabilities: ['filesystem', 'shell', 'python'],
      idle_timeout: 1800,
      description: null,
      containers: null,
    });
    const detailed = await client().call<typeof answer.body>('GET', '/v1/profiles', { query: { detail: 'true' } });
    expect(detailed.body.items[0]).toMatchObject({ description: expect.any(String) as string });
  });
});
