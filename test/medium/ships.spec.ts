import { FakeBay } from '../support/fake-bay.js';
import { eventually } from '../support/eventually.js';
import { SandboxCreation } from '../../src/sandboxes/sandbox-creation.js';
import { StartQueue } from '../../src/sandboxes/start-queue.js';

let bay: FakeBay;
afterEach(() => bay.end());

const create = (session: string, body: object = {}) =>
  bay.post('/ship', { ttl: 600, ...body }).set('X-SESSION-ID', session);
const made = async (session: string, body: object = {}): Promise<string> =>
  (await create(session, body).expect(201)).body.id as string;
const exec = (id: string, session: string, body: object) =>
  bay.post(`/ship/${id}/exec`, body).set('X-SESSION-ID', session);
const python = (id: string, session: string) => exec(id, session, { type: 'ipython/exec', payload: { code: 'hello' } });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe('a session', () => {
  it('has one ship, which runs at once', async () => {
    bay = await FakeBay.start();
    const first = await create('ann', { max_session_num: 5, spec: { cpus: 1.0, memory: '512m' } }).expect(201);
    expect(first.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/) as string,
      status: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/) as string,
      updated_at: expect.any(String) as string,
      container_id: expect.any(String) as string,
      ip_address: null,
      ttl: expect.any(Number) as number,
      max_session_num: 1,
      current_session_num: 1,
      expires_at: expect.stringMatching(/\.\d{6}Z$/) as string,
    });
    expect(await made('ann')).toBe(first.body.id);
    // B01, B02: two sessions never share one, whatever they ask for.
    expect(await made('bob', { max_session_num: 5 })).not.toBe(first.body.id);
    const [group] = bay.driver.groups.values();
    expect(group?.spec.members[0]?.resources).toMatchObject({ cpus: 1, memoryBytes: 512 * 2 ** 20 });
  });

  it('has one ship when twenty creates race (B13)', async () => {
    bay = await FakeBay.start();
    const ids = await Promise.all(times(20, () => made('ann')));
    expect(new Set(ids).size).toBe(1);
    expect(bay.driver.groups.size).toBe(1);
    expect((await bay.get('/ships')).body).toHaveLength(1);
  });

  it('has its own ship for each of twenty sessions (B14)', async () => {
    bay = await FakeBay.start();
    expect(new Set(await Promise.all(times(20, (index) => made(`session-${index}`)))).size).toBe(20);
  });

  it('gets another one by force, and keeps both (B33)', async () => {
    bay = await FakeBay.start();
    const first = await made('ann');
    const second = await made('ann', { force_create: true });
    expect(second).not.toBe(first);
    for (const id of [first, second]) expect((await python(id, 'ann')).status).toBe(200);
    expect(await made('ann')).toBe(second);
    expect((await bay.get('/sessions/ann')).body.ship_id).toBe(second);
    await bay.delete(`/ship/${second}/permanent`).expect(204);
    expect(await made('ann')).toBe(first);
  });

  it('gets a new ship when its own was deleted through /v1', async () => {
    bay = await FakeBay.start();
    const first = await made('ann');
    const [sandbox] = (await bay.get('/v1/sandboxes')).body.items as { id: string }[];
    expect(sandbox?.id).toBe(`sandbox-${first.replaceAll('-', '').slice(0, 12)}`);
    await bay.delete(`/v1/sandboxes/${sandbox?.id}`).expect(204);
    await bay.get(`/ship/${first}`).expect(404, { detail: 'Ship not found' });
    await bay.get('/sessions/ann').expect(404, { detail: 'Session not found' });
    expect(await made('ann')).not.toBe(first);
  });

  it('has a ship of the same id again after it was stopped, in a new container (A40, A48)', async () => {
    bay = await FakeBay.start();
    const first = (await create('ann')).body;
    await bay.delete(`/ship/${first.id}`).expect(204);
    expect((await bay.get(`/ship/${first.id}`)).body).toMatchObject({
      status: 0,
      container_id: null,
      expires_at: null,
    });
    const again = (await create('ann', { ttl: 900, spec: { memory: '1Gi' } }).expect(201)).body;
    expect(again).toMatchObject({ id: first.id, status: 1 });
    expect(again.container_id).not.toBe(first.container_id);
    expect(again.ttl).toBeGreaterThan(890);
    const [group] = bay.driver.groups.values();
    expect(group?.spec.members[0]?.resources).toMatchObject({ memoryBytes: 2 ** 30 });
  });

  it('lets go of its ship, which nobody else gets', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    await bay.delete('/sessions/ann').expect(204);
    await bay.delete('/sessions/ann').expect(404, { detail: 'Session not found' });
    expect((await bay.get(`/ship/${id}`)).body).toMatchObject({ status: 1, current_session_num: 0 });
    expect(await made('bob')).not.toBe(id);
    expect(await made('ann')).not.toBe(id);
    await python(id, 'ann').expect(400, { detail: 'Session does not have access to this ship' });
  });

  it('is shown with its ship', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    const session = (await bay.get('/sessions/ann').expect(200)).body;
    expect(session).toMatchObject({ session_id: 'ann', ship_id: id, initial_ttl: 600, is_active: true });
    expect((await bay.get('/sessions')).body).toEqual({ sessions: [session], total: 1 });
    expect((await bay.get(`/ship/${id}/sessions`)).body).toEqual({ ship_id: id, sessions: [session], total: 1 });
    await bay.get('/ship/none/sessions').expect(404, { detail: 'Ship not found' });
    const later = (await bay.post('/sessions/ann/extend-ttl', { ttl: 9000 }).expect(200)).body;
    expect(Date.parse(`${later.expires_at}Z`) - Date.now()).toBeGreaterThan(8_900_000);
    expect(later.initial_ttl).toBe(600);
    await bay.post('/sessions/ann/extend-ttl', { ttl: 0 }).expect(400, { detail: 'TTL must be greater than 0' });
    await bay.post('/sessions/bob/extend-ttl', { ttl: 1 }).expect(404, { detail: 'Session not found' });
    await bay.delete(`/ship/${id}`).expect(204);
    expect((await bay.get('/sessions/ann')).body.is_active).toBe(false);
  });
});

describe('a ship', () => {
  it('is stopped once, deleted once, and found in between (A12, A13)', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    await bay.delete(`/ship/${id}`).expect(204);
    await bay.delete(`/ship/${id}`).expect(404, { detail: 'Ship not found' });
    await bay.get(`/ship/${id}`).expect(200);
    await bay.delete(`/ship/${id}/permanent`).expect(204);
    await bay.delete(`/ship/${id}/permanent`).expect(404, { detail: 'Ship not found' });
    await bay.get(`/ship/${id}`).expect(404, { detail: 'Ship not found' });
    expect(bay.driver.volumeNames.size).toBe(0);
  });

  it('is woken by exec when its session asks, and by nobody else', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    await bay.delete(`/ship/${id}`).expect(204);
    await python(id, 'bob').expect(400, { detail: 'Session does not have access to this ship' });
    expect((await bay.get(`/ship/${id}`)).body.status).toBe(0);
    expect((await python(id, 'ann').expect(200)).body.data.output.text).toBe('hello');
    expect((await bay.get(`/ship/${id}`)).body.status).toBe(1);
    await python('none', 'ann').expect(400, { detail: 'Ship not found or not running' });
  });

  it('is started by /start, which leaves a running one alone', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    const start = (ship: string, body?: object) => bay.post(`/ship/${ship}/start`, body).set('X-SESSION-ID', 'any');
    const running = (await start(id, {}).expect(200)).body;
    expect(running.ttl).toBeLessThanOrEqual(600);
    await bay.delete(`/ship/${id}`).expect(204);
    expect((await start(id, {}).expect(200)).body).toMatchObject({ id, status: 1 });
    expect((await bay.get(`/ship/${id}`)).body.ttl).toBeGreaterThan(3500);
    await start('none', {}).expect(404, { detail: 'Ship not found or is currently being created' });
    expect((await start(id)).status).toBe(422);
    expect((await start(id, { ttl: 0 })).status).toBe(422);
  });

  it('lives longer when it is extended, now and after its next use (A16)', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    const extended = (await bay.post(`/ship/${id}/extend-ttl`, { ttl: 1000 }).expect(200)).body;
    expect(extended.ttl).toBeGreaterThan(1580);
    expect(extended.ttl).toBeLessThanOrEqual(1600);
    await python(id, 'ann').expect(200);
    expect((await bay.get('/sessions/ann')).body.initial_ttl).toBe(1600);
    expect((await bay.get(`/ship/${id}`)).body.ttl).toBeGreaterThan(1580);
    expect((await bay.post(`/ship/${id}/extend-ttl`, { ttl: 0 })).status).toBe(422);
    for (const path of [`/ship/${id}`, '/sessions/ann']) {
      expect((await bay.post(`${path}/extend-ttl`, { ttl: Number.MAX_SAFE_INTEGER - 1 })).status).toBe(422);
    }
    await bay.delete(`/ship/${id}`).expect(204);
    await bay.post(`/ship/${id}/extend-ttl`, { ttl: 5 }).expect(404, { detail: 'Ship not found' });
  });

  it('is stopped when nobody used it for its ttl, and keeps its files (A47)', async () => {
    bay = await FakeBay.start();
    const id = await made('ann', { ttl: 1 });
    await eventually(
      async () => {
        await bay.sweep('stop-idle-sandboxes');
        return (await bay.get(`/ship/${id}`)).body.status as number;
      },
      (status) => status === 0,
    );
    expect(bay.driver.groups.size).toBe(0);
    expect(bay.driver.volumeNames.size).toBe(1);
  });

  it('is replaced on its files when its container is gone', async () => {
    bay = await FakeBay.start();
    const first = (await create('ann')).body;
    await bay.driver.killAll();
    const again = (await create('ann').expect(201)).body;
    expect(again).toMatchObject({ id: first.id, status: 1 });
    expect(again.container_id).not.toBe(first.container_id);
  });

  it('that does not start leaves nothing, and says why', async () => {
    bay = await FakeBay.start();
    bay.driver.failures.set('start', new Error('no'));
    const { body } = await create('ann').expect(500);
    expect(body.detail).toEqual(expect.any(String));
    expect((await bay.get('/ships')).body).toEqual([]);
    expect((await bay.get('/v1/sandboxes')).body.items).toEqual([]);
    bay.driver.failures.clear();
    await made('ann');
  });

  it('is counted (B15)', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    await made('bob');
    await bay.delete(`/ship/${id}`).expect(204);
    expect((await bay.get('/stat/overview').expect(200)).body).toMatchObject({
      service: 'bay',
      ships: { total: 2, running: 1, stopped: 1, creating: 0 },
      sessions: { total: 2, active: 1 },
    });
    const [newest, oldest] = (await bay.get('/ships')).body as { status: number }[];
    expect([newest?.status, oldest?.status]).toEqual([1, 0]);
  });

  it('has a log; nothing has an empty one', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    await bay.get(`/ship/logs/${id}`).expect(200, { logs: 'the last words' });
    await bay.get('/ship/logs/none').expect(200, { logs: '' });
    await bay.delete(`/ship/${id}`).expect(204);
    await bay.get(`/ship/logs/${id}`).expect(200, { logs: '' });
  });

  it('belongs to its owner alone', async () => {
    bay = await FakeBay.start();
    const foreign = await bay.app.app
      .get(SandboxCreation)
      .create('bob', { profileId: 'python-default', cargoId: null, ttlSec: null });
    await bay.get(`/ship/${foreign.id}`).expect(404, { detail: 'Ship not found' });
    expect((await bay.get('/ships')).body).toEqual([]);
  });
});

describe('MAX_SHIP_NUM', () => {
  it('refuses at once with reject (A22)', async () => {
    bay = await FakeBay.start({ MAX_SHIP_NUM: '1', BEHAVIOR_AFTER_MAX_SHIP: 'reject' });
    const id = await made('ann');
    await create('bob').expect(500, { detail: 'Maximum number of ships reached' });
    expect((await bay.get('/ships')).body).toHaveLength(1);
    expect(await made('ann')).toBe(id);
    await bay.delete(`/ship/${id}`).expect(204);
    await made('bob');
    await python(id, 'ann').expect(400, { detail: 'Maximum number of ships reached' });
  });

  it('holds when twenty creates race', async () => {
    bay = await FakeBay.start({ MAX_SHIP_NUM: '3', BEHAVIOR_AFTER_MAX_SHIP: 'reject' });
    const answers = await Promise.all(times(20, (index) => create(`session-${index}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 500)).toHaveLength(17);
    expect((await bay.get('/ships')).body).toHaveLength(3);
  });

  it('lets callers wait in turn with wait (A23)', async () => {
    bay = await FakeBay.start({ MAX_SHIP_NUM: '1', BEHAVIOR_AFTER_MAX_SHIP: 'wait' });
    const queue = bay.app.app.get(StartQueue);
    const id = await made('ann');
    const order: string[] = [];
    const waiting = (session: string) =>
      create(session).then(({ body, status }) => {
        order.push(session);
        return { id: body.id as string, status };
      });
    const bob = waiting('bob');
    await eventually(
      () => queue.length,
      (length) => length === 1,
    );
    const cid = waiting('cid');
    await eventually(
      () => queue.length,
      (length) => length === 2,
    );
    // Whoever has a place needs none.
    expect(await made('ann')).toBe(id);
    await bay.delete(`/ship/${id}`).expect(204);
    expect((await bob).status).toBe(201);
    await bay.delete(`/ship/${(await bob).id}`).expect(204);
    expect((await cid).status).toBe(201);
    expect(order).toEqual(['bob', 'cid']);
  });

  it('leaves nothing of a caller who goes away', async () => {
    bay = await FakeBay.start({ MAX_SHIP_NUM: '1', BEHAVIOR_AFTER_MAX_SHIP: 'wait' });
    const queue = bay.app.app.get(StartQueue);
    const id = await made('ann');
    const bob = create('bob');
    bob.then(
      () => undefined,
      () => undefined,
    );
    await eventually(
      () => queue.length,
      (length) => length === 1,
    );
    bob.abort();
    await eventually(
      () => queue.length,
      (length) => length === 0,
    );
    await bay.delete(`/ship/${id}`).expect(204);
    // Whoever comes next has the place: nobody is before them.
    const cid = await made('cid');
    expect(((await bay.get('/ships')).body as { id: string }[]).map((ship) => ship.id)).toEqual([cid, id]);
    expect((await bay.get('/v1/sandboxes')).body.items).toHaveLength(2);
  });
});

describe('errors', () => {
  it('of the key are 401 with detail (A10)', async () => {
    bay = await FakeBay.start();
    await bay.app.http.get('/ships').expect(401, { detail: 'Not authenticated' });
    await bay.app.http.get('/ships').set('Authorization', 'Bearer no').expect(401, { detail: 'Invalid access token' });
  });

  it('of the request are 422 with a list', async () => {
    bay = await FakeBay.start();
    const detail = async (body: object, session = 'ann') =>
      (await bay.post('/ship', body).set('X-SESSION-ID', session).expect(422)).body.detail as object[];
    expect(await detail({})).toEqual([{ type: 'missing', loc: ['body', 'ttl'], msg: 'Field required', input: null }]);
    expect(await detail({ ttl: 0 })).toMatchObject([{ loc: ['body', 'ttl'], input: 0 }]);
    expect(await detail({ ttl: 1.5 })).toMatchObject([{ loc: ['body', 'ttl'], input: 1.5 }]);
    expect(await detail({ ttl: 5, more: 1 })).toMatchObject([{ type: 'extra_forbidden', loc: ['body', 'more'] }]);
    expect(await detail({ ttl: 5, spec: { cpus: 0 } })).toMatchObject([{ loc: ['body', 'spec', 'cpus'] }]);
    expect(await detail({ ttl: 5, spec: { ram: 1 } })).toMatchObject([{ loc: ['body', 'spec', 'ram'] }]);
    expect(await detail({ ttl: 5, max_session_num: 0 })).toMatchObject([{ loc: ['body', 'max_session_num'] }]);
    const { body } = await bay.post('/ship', { ttl: 5 }).expect(422);
    expect(body.detail).toMatchObject([{ type: 'missing', loc: ['header', 'x-session-id'] }]);
    await create('ann', { ttl: '100' }).expect(201);
  });

  it('of units are 500 in the published words', async () => {
    bay = await FakeBay.start();
    const { body } = await create('ann', { spec: { memory: '12 parsecs' } }).expect(500);
    expect(body.detail).toContain('Invalid memory format: 12 parsecs');
  });

  it('of exec are 400', async () => {
    bay = await FakeBay.start();
    const id = await made('ann');
    expect((await exec(id, 'ann', { type: '../health' }).expect(400)).body.detail).toContain('There is no operation');
    expect((await exec(id, 'ann', { type: 'ipython/exec', payload: {} }).expect(400)).body.detail).toContain(
      'Ship returned 422',
    );
    expect((await exec(id, 'ann', { payload: {} })).status).toBe(422);
    expect((await bay.post(`/ship/${id}/exec`, { type: 'shell/exec' })).status).toBe(422);
  });
});

it('answers below /api as the older dashboard asks, and says what it is', async () => {
  bay = await FakeBay.start();
  const id = await made('ann');
  expect((await bay.get(`/api/ship/${id}`).expect(200)).body.id).toBe(id);
  expect((await bay.get('/api/ships').expect(200)).body).toHaveLength(1);
  await bay.get('/api/v1/sandboxes').expect(404);
  const stat = await bay.app.http.get('/stat').expect(200);
  expect(stat.body).toMatchObject({ service: 'bay', status: 'running' });
  for (const path of ['/', '/health']) expect((await bay.app.http.get(path)).body).toMatchObject({ status: 'ok' });
});

it('runs an operation that the path names (A14)', async () => {
  bay = await FakeBay.start();
  const id = await made('ann');
  const byPath = bay.post(`/ship/${id}/exec/ipython/exec`, { code: 'hello' }).set('X-SESSION-ID', 'ann');
  const { body } = await byPath.expect(200);
  expect(body).toMatchObject({
    success: true,
    error: null,
    execution_id: expect.stringMatching(/^exec-/) as string,
    stdout: 'hello',
    data: {
      success: true,
      execution_count: 1,
      output: { text: 'hello', images: [] },
      error: null,
      kernel_id: 'ann',
      code: 'hello',
      execution_time_ms: 1,
    },
  });
});
