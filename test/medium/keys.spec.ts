import { Transactions } from '../../src/database/transactions.js';
import { DATABASE } from '../support/database.js';
import { FakeBay } from '../support/fake-bay.js';
import { KeyHolder } from '../support/key-holder.js';

let bay: FakeBay;
beforeEach(async () => {
  bay = await FakeBay.start();
});
afterEach(() => bay.end());

const sql = <T>(text: string): Promise<T[]> => {
  const transactions = bay.app.app.get(Transactions);
  return transactions.read(() => transactions.manager.query<T[]>(text));
};

describe('an API key', () => {
  it('opens what its owner has, and is shown once', async () => {
    const { body } = await bay.post('/v1/keys', { name: 'ci' }).expect(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^key-[0-9a-f]{12}$/),
      name: 'ci',
      owner: 'default',
      role: 'user',
      scopes: null,
      prefix: body.key.slice(0, 15),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      expires_at: null,
      last_used_at: null,
      key: expect.stringMatching(/^sk-bay-[0-9a-f]{64}$/),
    });
    const { key, ...rest } = body;
    expect((await bay.get(`/v1/keys/${body.id}`).expect(200)).body).toEqual(rest);
    const id = await bay.create();
    const bearer = { Authorization: `Bearer ${key}` };
    await bay.app.http.get(`/v1/sandboxes/${id}`).set(bearer).expect(200);
    expect((await bay.get(`/v1/keys/${body.id}`)).body.last_used_at).toMatch(/Z$/);
  });

  it('rests as a digest: neither it nor its answer is in the database or the log', async () => {
    const { body } = await bay.post('/v1/keys', { name: 'ci' }).set('Idempotency-Key', 'one').expect(201);
    const secret = body.key.slice('sk-bay-'.length + 8);
    const rows = [...(await sql('SELECT * FROM api_keys')), ...(await sql('SELECT * FROM idempotency_keys'))];
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(bay.app.log)).not.toContain(secret);
  });

  it('is made once for an Idempotency-Key, and told to each who asks with it', async () => {
    const once = () => bay.post('/v1/keys', { name: 'ci' }).set('Idempotency-Key', 'one').expect(201);
    const bodies = (await Promise.all(Array.from({ length: 20 }, once))).map(({ body }) => JSON.stringify(body));
    expect(new Set(bodies).size).toBe(1);
    expect((await bay.get('/v1/keys')).body.items).toHaveLength(1);
    await bay.post('/v1/keys', { name: 'other' }).set('Idempotency-Key', 'one').expect(409);
  });

  it('opens nothing from the answer to its removal on', async () => {
    const holder = await KeyHolder.make(bay, {});
    const look = () => holder.call('GET', '/v1/sandboxes');
    await look().expect(200);
    const calls = Array.from({ length: 20 }, look);
    await bay.delete(`/v1/keys/${holder.key.id}`).expect(204);
    expect((await look().expect(401)).body.error.code).toBe('unauthorized');
    await Promise.all(calls);
    await look().expect(401);
    await bay.get(`/v1/keys/${holder.key.id}`).expect(404);
    await bay.delete(`/v1/keys/${holder.key.id}`).expect(404);
  });

  it('opens nothing when its time is over', async () => {
    const holder = await KeyHolder.make(bay, { ttl: 1 });
    const { body } = await bay.get(`/v1/keys/${holder.key.id}`);
    expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(1000);
    let answer = await holder.call('GET', '/v1/sandboxes');
    while (answer.status === 200) answer = await holder.call('GET', '/v1/sandboxes');
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(answer.body.error).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(/expired/) });
  });

  it('is one of several: each has its owner, and the configured one goes on', async () => {
    const [alice, other, bob] = await Promise.all(
      ['alice', 'alice', 'bob'].map((owner) => KeyHolder.make(bay, { owner })),
    );
    const { body } = await alice!.call('POST', '/v1/sandboxes', {}).expect(201);
    await other!.call('GET', `/v1/sandboxes/${body.id}`).expect(200);
    await bob!.call('GET', `/v1/sandboxes/${body.id}`).expect(404);
    await bay.get(`/v1/sandboxes/${body.id}`).expect(404);
  });

  it.each([
    ['no name', { name: null }, 422],
    ['a name of spaces', { name: ' ' }, 400],
    ['a name with control characters', { name: 'a\u0000b' }, 400],
    ['an owner with spaces', { owner: 'a b' }, 400],
    ["an owner of Bay's own rows", { owner: 'warm-pool' }, 400],
    ['a role that there is not', { role: 'root' }, 422],
    ['a scope that there is not', { scopes: ['everything'] }, 422],
    ['a scope beyond its role', { scopes: ['exec', 'admin'] }, 400],
    ['no scope at all', { scopes: [] }, 400],
    ['no time', { ttl: 0 }, 422],
    ['a field that there is not', { expires: 5 }, 422],
  ])('is refused with %s', async (_, body, status) => {
    const { error } = (await bay.post('/v1/keys', { name: 'ci', ...body }).expect(status)).body;
    expect(error.code).toBe('validation_error');
    expect((await bay.get('/v1/keys')).body.items).toEqual([]);
  });
});

describe('a list of API keys', () => {
  it('has full pages, newest first, and keeps to its filter', async () => {
    for (const owner of ['alice', 'bob', 'alice', 'bob', 'alice']) await KeyHolder.make(bay, { owner });
    const pages: number[] = [];
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await bay.get(`/v1/keys?owner=alice&limit=2&cursor=${cursor}`).expect(200);
      pages.push(body.items.length);
      seen.push(...body.items.map(({ owner }: { owner: string }) => owner));
      cursor = body.next_cursor as string | null;
    }
    expect(pages).toEqual([2, 1]);
    expect(new Set(seen)).toEqual(new Set(['alice']));
    const { items } = (await bay.get('/v1/keys').expect(200)).body;
    const dates = items.map(({ created_at }: { created_at: string }) => created_at);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(dates).toHaveLength(5);
    expect(items[0]).not.toHaveProperty('key');
  });

  // PostgreSQL reads a table of a few rows from end to end; query-plans.spec.ts has many.
  if (DATABASE === 'sqlite') {
    it('goes by an index, as does the look-up of a key', async () => {
      const plan = async (text: string): Promise<string> => JSON.stringify(await sql(`EXPLAIN QUERY PLAN ${text}`));
      const order = 'ORDER BY created_at DESC, id DESC LIMIT 51';
      expect(await plan(`SELECT * FROM api_keys ${order}`)).toMatch(/api_keys_by_age/);
      const ofOwner = await plan(`SELECT * FROM api_keys WHERE owner = 'a' ${order}`);
      expect(ofOwner).toMatch(/api_keys_by_owner/);
      expect(ofOwner).not.toMatch(/TEMP B-TREE/);
      expect(await plan(`SELECT * FROM api_keys WHERE hash = 'a'`)).toMatch(/api_keys_by_hash/);
    });
  }
});
