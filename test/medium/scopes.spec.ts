import { type AccessScope, SCOPES } from '../../src/auth/scopes.js';
import { FakeBay } from '../support/fake-bay.js';
import { KeyHolder } from '../support/key-holder.js';
import { listRoutes } from '../support/routes.js';

let bay: FakeBay;
let routes: [method: string, path: string, scope: AccessScope][];
beforeAll(async () => {
  bay = await FakeBay.start();
  const all = Object.entries(await listRoutes()).filter(([route]) => route !== 'GET /v1/admin/driver');
  routes = all.flatMap(([route, access]) => {
    const [method, path] = route.replaceAll(/:\w+/g, 'none-000000000000').split(' ') as [string, string];
    return access === 'open' || access === 'says nothing' ? [] : [[method, path, access]];
  });
});
afterAll(() => bay.end());

/** `/metrics` answers text. */
const refused = { status: 403, body: { error: { code: 'forbidden' } } };

/** The older API has errors of its own shape. */
const isOlder = (path: string): boolean => /^\/(ships?|sessions|stat)(\/|$)/.test(path);
const sentence = expect.stringContaining('scope') as string;

describe('a scope', () => {
  it('opens its routes and no other', async () => {
    for (const scope of SCOPES) {
      const holder = await KeyHolder.make(bay, { role: 'admin', scopes: [scope] });
      for (const [method, path, needed] of routes) {
        const answer = await holder.call(method, path);
        if (needed === scope) expect([path, answer.status]).not.toEqual([path, 403]);
        else if (isOlder(path)) expect(answer).toMatchObject({ status: 403, body: { detail: sentence } });
        else expect(answer).toMatchObject({ ...refused, body: { error: { details: { scope: needed } } } });
      }
    }
    expect(routes.length).toBeGreaterThan(25);
  });

  it('that is missing is named to programs that know RFC 6750', async () => {
    const holder = await KeyHolder.make(bay, { scopes: ['exec'] });
    const { headers } = await holder.call('GET', '/v1/sandboxes').expect(403);
    expect(headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="sandboxes:read"');
  });

  it('is missing before anything is said about what exists', async () => {
    const holder = await KeyHolder.make(bay, { scopes: ['exec'] });
    const there = await holder.call('GET', `/v1/sandboxes/${await bay.create()}`).expect(403);
    const notThere = await holder.call('GET', '/v1/sandboxes/sandbox-000000000000').expect(403);
    expect(there.body.error.message).toBe(notThere.body.error.message);
  });
});

describe('a role', () => {
  it('user has all but what concerns the installation', async () => {
    const holder = await KeyHolder.make(bay, {});
    for (const [method, path, needed] of routes) {
      const { status } = await holder.call(method, path);
      const isRefused = needed === 'admin' || needed === 'metrics';
      expect([path, status === 403]).toEqual([path, isRefused]);
    }
  });

  it('admin has all', async () => {
    const holder = await KeyHolder.make(bay, { role: 'admin' });
    for (const [method, path] of routes) {
      const { status } = await holder.call(method, path);
      expect([path, [401, 403].includes(status)]).toEqual([path, false]);
    }
  });
});
