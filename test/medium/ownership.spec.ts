import { FakeBay } from '../support/fake-bay.js';
import { KeyHolder } from '../support/key-holder.js';
import { listRoutes } from '../support/routes.js';

/** What alice has: the ids that stand for `:sandbox_id` and so on. */
interface Things {
  readonly sandbox_id: string;
  readonly cargo_id: string;
  readonly execution_id: string;
  readonly payload_ref: string;
}

interface Line {
  /** Sent by bob, who would be served if the object were his. */
  readonly body?: object;
  readonly query?: string;
}

/**
 * What keeps owners apart on each route; a new route without a line here fails.
 * - `none`: there is no owner's object behind it, or administrators alone get there.
 * - `own`: it makes or lists the caller's own; each has a test below.
 * - `ships`: of the older API, whose answers have another shape; `ship-owners.spec.ts` looks at each.
 * - otherwise it names an object, which is 404 for everybody else.
 */
const ROUTES: Record<string, 'none' | 'own' | 'ships' | Line> = {
  'GET /': 'none',
  'GET /health': 'none',
  'GET /readyz': 'none',
  'GET /metrics': 'none',
  'GET /v1/admin/driver': 'none',
  'POST /v1/admin/gc/run': 'none',
  'GET /v1/admin/gc/status': 'none',
  'GET /v1/admin/pool': 'none',
  'POST /v1/admin/pool/drain': 'none',
  'GET /v1/profiles': 'none',
  'POST /v1/keys': 'none',
  'GET /v1/keys': 'none',
  'GET /v1/keys/:key_id': 'none',
  'DELETE /v1/keys/:key_id': 'none',

  'POST /v1/cargos': 'own',
  'GET /v1/cargos': 'own',
  'GET /v1/cargos/:cargo_id': {},
  'DELETE /v1/cargos/:cargo_id': {},

  'POST /v1/sandboxes': 'own',
  'GET /v1/sandboxes': 'own',
  'GET /v1/sandboxes/:sandbox_id': {},
  'DELETE /v1/sandboxes/:sandbox_id': {},
  'POST /v1/sandboxes/:sandbox_id/extend_ttl': { body: { extend_by: 60 } },
  'POST /v1/sandboxes/:sandbox_id/keepalive': {},
  'POST /v1/sandboxes/:sandbox_id/stop': {},

  'POST /v1/sandboxes/:sandbox_id/python/exec': { body: { code: '1' } },
  'POST /v1/sandboxes/:sandbox_id/shell/exec': { body: { command: 'true' } },

  'GET /v1/history': 'own',
  'GET /v1/history/payloads/:payload_ref': {},
  'GET /v1/sandboxes/:sandbox_id/history': {},
  'GET /v1/sandboxes/:sandbox_id/history/last': {},
  'GET /v1/sandboxes/:sandbox_id/history/:execution_id': {},
  'PATCH /v1/sandboxes/:sandbox_id/history/:execution_id': { body: { notes: 'mine' } },

  'GET /v1/sandboxes/:sandbox_id/filesystem/files': { query: '?path=a' },
  'PUT /v1/sandboxes/:sandbox_id/filesystem/files': { body: { path: 'a', content: '' } },
  'DELETE /v1/sandboxes/:sandbox_id/filesystem/files': { query: '?path=a' },
  'GET /v1/sandboxes/:sandbox_id/filesystem/directories': {},
  'POST /v1/sandboxes/:sandbox_id/filesystem/upload': {},
  'GET /v1/sandboxes/:sandbox_id/filesystem/download': { query: '?path=a' },

  'GET /stat': 'none',
  'GET /stat/overview': 'ships',
  'GET /ships': 'ships',
  'POST /ship': 'ships',
  'GET /ship/:ship_id': 'ships',
  'DELETE /ship/:ship_id': 'ships',
  'DELETE /ship/:ship_id/permanent': 'ships',
  'POST /ship/:ship_id/exec': 'ships',
  'POST /ship/:ship_id/exec/:group/:operation': 'ships',
  'GET /ship/logs/:ship_id': 'ships',
  'POST /ship/:ship_id/extend-ttl': 'ships',
  'POST /ship/:ship_id/start': 'ships',
  'POST /ship/:ship_id/upload': 'ships',
  'GET /ship/:ship_id/download': 'ships',
  'GET /ship/:ship_id/sessions': 'ships',
  'GET /sessions': 'ships',
  'GET /sessions/:session_id': 'ships',
  'POST /sessions/:session_id/extend-ttl': 'ships',
  'DELETE /sessions/:session_id': 'ships',
  'GET /sessions/:session_id/history': 'ships',
  'GET /sessions/:session_id/history/last': 'ships',
  'GET /sessions/:session_id/history/:execution_id': 'ships',
  'PATCH /sessions/:session_id/history/:execution_id': 'ships',
};

let bay: FakeBay;
let alice: KeyHolder;
let bob: KeyHolder;
let things: Things;
let starts: number;
beforeAll(async () => {
  bay = await FakeBay.start();
  // An administrator, so that not even that opens what is somebody else's.
  [alice, bob] = [
    await KeyHolder.make(bay, { owner: 'alice' }),
    await KeyHolder.make(bay, { owner: 'bob', role: 'admin' }),
  ];
  const cargo = await alice.call('POST', '/v1/cargos', {}).expect(201);
  const sandbox = await alice.call('POST', '/v1/sandboxes', { ttl: 3600, cargo_id: cargo.body.id }).expect(201);
  // Its output is too long for its row.
  const path = `/v1/sandboxes/${sandbox.body.id}`;
  await alice.call('POST', `${path}/python/exec`, { code: 'x'.repeat(70_000), timeout: 5 }).expect(200);
  await alice.call('POST', `${path}/stop`).expect(200);
  const { entries } = (await alice.call('GET', '/v1/history').expect(200)).body;
  const { id: execution_id, payload_ref } = entries[0];
  things = { sandbox_id: sandbox.body.id, cargo_id: cargo.body.id, execution_id, payload_ref };
  starts = bay.driver.count('ensureGroup');
});
afterAll(() => bay.end());

const ID = /(sandbox|ws|exec)-[0-9a-f]{12}|blob:[0-9a-f-]{36}/g;
const NOBODYS: Things = {
  sandbox_id: 'sandbox-000000000000',
  cargo_id: 'ws-000000000000',
  execution_id: 'exec-000000000000',
  payload_ref: 'blob:00000000-0000-4000-8000-000000000000',
};

const filled = (path: string, ids: Readonly<Record<string, string>>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? 'unknown');

it('every route has a line', async () => {
  expect(Object.keys(ROUTES).sort()).toEqual(Object.keys(await listRoutes()).sort());
});

const named = Object.entries(ROUTES).flatMap(([route, line]) => (typeof line === 'string' ? [] : [{ route, line }]));

it.each(named)("$route is 404 for another's object, as for one that there is not", async ({ route, line }) => {
  const [method, path] = route.split(' ') as [string, string];
  const before = await snapshot();
  const answers = [things, NOBODYS].map(async (ids) => {
    const { status, body } = await bob.call(method, filled(path, { ...ids }) + (line.query ?? ''), line.body);
    const { code, message, details } = body.error;
    return { status, code, details, message: message.replaceAll(ID, 'it') };
  });
  const [theirs, nobodys] = await Promise.all(answers);
  expect(theirs).toMatchObject({ status: 404, code: 'not_found' });
  expect(theirs).toEqual(nobodys);
  expect(await snapshot()).toEqual(before);
  expect(bay.driver.count('ensureGroup')).toBe(starts);
});

/** What alice sees of her things. */
const snapshot = async (): Promise<unknown[]> => [
  (await alice.call('GET', `/v1/sandboxes/${things.sandbox_id}`).expect(200)).body,
  (await alice.call('GET', `/v1/cargos/${things.cargo_id}`).expect(200)).body,
  (await alice.call('GET', '/v1/history').expect(200)).body,
];

it('GET /v1/history lists the own ones', async () => {
  expect((await bob.call('GET', '/v1/history').expect(200)).body).toEqual({ entries: [], next_cursor: null });
});

it.each(['/v1/sandboxes', '/v1/cargos', '/v1/cargos?managed=true'])('GET %s lists the own ones', async (path) => {
  await alice.call('POST', '/v1/sandboxes', {}).expect(201);
  expect((await alice.call('GET', path).expect(200)).body.items.length).toBeGreaterThan(0);
  expect((await bob.call('GET', path).expect(200)).body).toEqual({ items: [], next_cursor: null });
});

it("a cursor of another's list shows nothing of it", async () => {
  await alice.call('POST', '/v1/sandboxes', {}).expect(201);
  const { body } = await alice.call('GET', '/v1/sandboxes?limit=1').expect(200);
  expect(body.next_cursor).not.toBeNull();
  const answer = await bob.call('GET', `/v1/sandboxes?cursor=${body.next_cursor}`).expect(200);
  expect(answer.body.items).toEqual([]);
});

it("POST /v1/sandboxes does not find another's cargo", async () => {
  const { error } = (await bob.call('POST', '/v1/sandboxes', { cargo_id: things.cargo_id }).expect(404)).body;
  expect(error.code).toBe('not_found');
});

it.each(['/v1/sandboxes', '/v1/cargos'])('POST %s knows Idempotency-Keys by owner', async (path) => {
  const make = (who: KeyHolder) => who.call('POST', path, {}).set('Idempotency-Key', `same-${path.length}`).expect(201);
  const [hers, his] = [await make(alice), await make(bob)];
  expect(hers.body.id).not.toBe(his.body.id);
  expect((await make(alice)).body).toEqual(hers.body);
});
