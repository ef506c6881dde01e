import { ApiClient } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { sign } from '../support/token-issuer.js';
import { useBay } from '../support/use-bay.js';

const SECRET = 'a-secret-of-the-tests-0123456789';

await describeOnEachDriver('keys and tokens', (driver) => {
  const bay = useBay({ driver, config: { security: { jwt: { secret: SECRET, audience: 'bay' } } } });
  const clients: ApiClient[] = [];
  afterAll(() => Promise.all(clients.map((client) => client.close())));

  const holderOf = (key: string): ApiClient => {
    const client = new ApiClient(bay().url, key);
    clients.push(client);
    return client;
  };
  const makeKey = async (json: object): Promise<{ id: string; key: string }> => {
    const answer = await bay().client.call<{ id: string; key: string }>('POST', '/v1/keys', { json });
    expect(answer.status).toBe(201);
    return answer.body;
  };

  it('let two owners work side by side, each with what is theirs', async () => {
    const alice = holderOf((await makeKey({ name: 'alice', owner: 'alice' })).key);
    const bob = holderOf(sign({ sub: 'bob' }, SECRET));
    const [hers, his] = [await alice.create(), await bob.create()];
    expect(await alice.python(hers.id, '"alice"')).toMatchObject({ output: "'alice'" });
    expect(await bob.python(his.id, '"bob"')).toMatchObject({ output: "'bob'" });

    const answer = await bob.call('POST', `/v1/sandboxes/${hers.id}/python/exec`, { json: { code: '1' } });
    expectError(answer, { status: 404, code: 'not_found' });
    expect((await alice.list()).items.map(({ id }) => id)).toEqual([hers.id]);
    expect((await bob.list()).items.map(({ id }) => id)).toEqual([his.id]);
    await alice.delete(hers.id);
    await bob.delete(his.id);
  });

  it('are refused with a missing scope, which is named, and beyond their end', async () => {
    const reader = holderOf((await makeKey({ name: 'reader', scopes: ['sandboxes:read'] })).key);
    expect(await reader.list()).toEqual({ items: [], next_cursor: null });
    const answer = await reader.call('POST', '/v1/sandboxes', { json: {} });
    expectError(answer, { status: 403, code: 'forbidden', details: { scope: 'sandboxes:write' } });
    const late = holderOf(sign({ exp: Math.floor(Date.now() / 1000) - 60 }, SECRET));
    expectError(await late.call('GET', '/v1/sandboxes'), { status: 401, code: 'unauthorized' });
  });

  it('last over a restart, and end with their removal', async () => {
    const { id, key } = await makeKey({ name: 'lasting' });
    await bay().restart();
    const holder = holderOf(key);
    await holder.list();
    expect(await bay().client.call('DELETE', `/v1/keys/${id}`)).toMatchObject({ status: 204 });
    expectError(await holder.call('GET', '/v1/sandboxes'), { status: 401, code: 'unauthorized' });
    expect(bay().log.join('\n')).not.toContain(key);
  });
});
