import { randomUUID } from 'node:crypto';
import { type SandboxBody } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { useBay } from '../support/use-bay.js';

await describeOnEachDriver('Idempotency-Key', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;
  const create = (key: string, json: unknown = {}) =>
    client().call<SandboxBody>('POST', '/v1/sandboxes', { json, headers: { 'idempotency-key': key } });
  const count = async (): Promise<number> => (await client().list({ limit: 200 })).items.length;

  it('gives a repeated create the first answer and no second sandbox', async () => {
    const key = randomUUID();
    const first = await create(key);
    expect(first.status).toBe(201);
    const before = await count();
    // What is left out has its default.
    const again = await create(key, { profile: 'python-default', ttl: null });
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(await count()).toBe(before);
  });

  it('gives the first answer even when the sandbox is gone', async () => {
    const key = randomUUID();
    const first = await create(key);
    await client().delete(first.body.id);
    expect((await create(key)).body).toEqual(first.body);
  });

  it('makes one sandbox of ten racing duplicates', async () => {
    const before = await count();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await count()).toBe(before + 1);
  });

  it('refuses another request under the same key', async () => {
    const key = randomUUID();
    await create(key);
    const before = await count();
    expectError(await create(key, { ttl: 60 }), { status: 409, code: 'conflict', details: { key } });
    expect(await count()).toBe(before);
  });

  it.each(['with space', 'ümlaut', 'x'.repeat(129)])('refuses the key %p', async (key) => {
    const before = await count();
    expectError(await create(Buffer.from(key).toString('latin1')), { status: 409, code: 'conflict' });
    expect(await count()).toBe(before);
  });

  it('remembers no failure', async () => {
    const key = randomUUID();
    expectError(await create(key, { profile: 'no-such-profile' }), { status: 400, code: 'validation_error' });
    expect((await create(key)).status).toBe(201);
  });

  it('extends once', async () => {
    const { id, expires_at } = await client().create({ ttl: 600 });
    const extend = () =>
      client().call<SandboxBody>('POST', `/v1/sandboxes/${id}/extend_ttl`, {
        json: { extend_by: 60 },
        headers: { 'idempotency-key': `extend-${id}` },
      });
    const [first, second] = [await extend(), await extend()];
    expect(second).toMatchObject({ status: 200, body: first.body });
    const gained = Date.parse(`${(await client().get(id)).expires_at}Z`) - Date.parse(`${expires_at}Z`);
    expect(gained).toBe(60_000);
  });
});
