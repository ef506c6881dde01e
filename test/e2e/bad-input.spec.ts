import { type Call, ApiClient } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError, type ExpectedError } from '../support/error-envelope.js';
import { findLeftBehind } from '../support/left-behind.js';
import { useBay } from '../support/use-bay.js';

const VIOLATION = { status: 422, code: 'validation_error' };
const MEANING = { status: 400, code: 'validation_error' };
const ABSENT = { status: 404, code: 'not_found' };
const NOT_ALLOWED = { status: 405, code: 'method_not_allowed' };
const UNSUPPORTED = { status: 415, code: 'unsupported_media_type' };
const TOO_LARGE = { status: 413, code: 'payload_too_large', details: { limit_bytes: 65_536 } };
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = 'application/x-www-form-urlencoded';

await describeOnEachDriver('bad input', (driver) => {
  const bay = useBay({
    driver,
    config: {
      limits: { body: '64k', read: '1k', max_ttl_seconds: 3600 },
      profiles: [{ id: 'python-default' }, { id: 'files-only', capabilities: ['filesystem'] }],
    },
  });
  const client = () => bay().client;
  let id: string;
  beforeAll(async () => {
    ({ id } = await client().create());
  });

  /** Nothing was started or made for any of it. */
  afterEach(async () => {
    expect((await client().list()).items.map((one) => [one.id, one.status])).toEqual([[id, 'idle']]);
    expect(await findLeftBehind(bay().installation())).toEqual([]);
  });

  type Row = readonly [what: string, method: string, path: string, call: Call, error: ExpectedError];
  const json = (body: unknown): Call => ({ json: body });
  const exec = (body: unknown, error: ExpectedError, what: string): Row[] => [
    [`python: ${what}`, 'POST', '/v1/sandboxes/ID/python/exec', json({ code: '1', ...(body as object) }), error],
    [`shell: ${what}`, 'POST', '/v1/sandboxes/ID/shell/exec', json({ command: '1', ...(body as object) }), error],
  ];
  const rows: Row[] = [
    ['an unknown profile', 'POST', '/v1/sandboxes', json({ profile: 'no-such' }), MEANING],
    ['a profile of the wrong type', 'POST', '/v1/sandboxes', json({ profile: 5 }), VIOLATION],
    ['an unknown cargo', 'POST', '/v1/sandboxes', json({ cargo_id: 'ws-000000000000' }), ABSENT],
    ['a ttl that is no number', 'POST', '/v1/sandboxes', json({ ttl: 'soon' }), VIOLATION],
    ['a ttl that is no whole number', 'POST', '/v1/sandboxes', json({ ttl: 1.5 }), VIOLATION],
    ['a negative ttl', 'POST', '/v1/sandboxes', json({ ttl: -1 }), VIOLATION],
    ['a ttl over the limit', 'POST', '/v1/sandboxes', json({ ttl: 3601 }), MEANING],
    ['a ttl that no clock reaches', 'POST', '/v1/sandboxes', json({ ttl: 1e300 }), VIOLATION],
    ['a list for a body', 'POST', '/v1/sandboxes', json([]), VIOLATION],
    ['text for a body', 'POST', '/v1/sandboxes', json('text'), VIOLATION],
    ['broken JSON', 'POST', '/v1/sandboxes', { body: '{"ttl":', headers: JSON_TYPE }, VIOLATION],
    ['XML', 'POST', '/v1/sandboxes', { body: '<ttl/>', headers: { 'content-type': 'text/xml' } }, UNSUPPORTED],
    ['a form', 'POST', '/v1/sandboxes', { body: 'ttl=1', headers: { 'content-type': FORM } }, UNSUPPORTED],
    ['a body over the limit', 'POST', '/v1/sandboxes', json({ profile: 'x'.repeat(70_000) }), TOO_LARGE],
    ['code over the limit', 'POST', '/v1/sandboxes/ID/python/exec', json({ code: '#'.repeat(70_000) }), TOO_LARGE],
    ['no code', 'POST', '/v1/sandboxes/ID/python/exec', json({}), VIOLATION],
    ['no command', 'POST', '/v1/sandboxes/ID/shell/exec', json({}), VIOLATION],
    ['code with a NUL', 'POST', '/v1/sandboxes/ID/python/exec', json({ code: '1\0' }), VIOLATION],
    ['a command with a NUL', 'POST', '/v1/sandboxes/ID/shell/exec', json({ command: 'true\0' }), VIOLATION],
    ['a note with a NUL', 'POST', '/v1/sandboxes/ID/shell/exec', json({ command: '1', description: '\0' }), VIOLATION],
    ['code that is no text', 'POST', '/v1/sandboxes/ID/python/exec', json({ code: ['1'] }), VIOLATION],
    ...[0, -1, 301, 1.5, 'soon', true].flatMap((timeout) => exec({ timeout }, VIOLATION, `timeout ${timeout}`)),
    ...exec({ include_code: 'maybe' }, VIOLATION, 'include_code maybe'),
    ['extend by nothing', 'POST', '/v1/sandboxes/ID/extend_ttl', json({}), VIOLATION],
    ['extend by text', 'POST', '/v1/sandboxes/ID/extend_ttl', json({ extend_by: 'x' }), VIOLATION],
    ['extend over the limit', 'POST', '/v1/sandboxes/ID/extend_ttl', json({ extend_by: 1e15 }), MEANING],
    ['a page of none', 'GET', '/v1/sandboxes', { query: { limit: 0 } }, VIOLATION],
    ['a page over the limit', 'GET', '/v1/sandboxes', { query: { limit: 201 } }, VIOLATION],
    ['a page of text', 'GET', '/v1/sandboxes', { query: { limit: 'all' } }, VIOLATION],
    ['a cursor of no list', 'GET', '/v1/sandboxes', { query: { cursor: 'made-up' } }, MEANING],
    ['no path', 'GET', '/v1/sandboxes/ID/filesystem/files', {}, VIOLATION],
    ['no content', 'PUT', '/v1/sandboxes/ID/filesystem/files', json({ path: 'a' }), VIOLATION],
    [
      'a path over the limit',
      'GET',
      '/v1/sandboxes/ID/filesystem/files',
      { query: { path: 'a'.repeat(5000) } },
      VIOLATION,
    ],
    ['an unknown sandbox', 'GET', '/v1/sandboxes/sandbox-000000000000', {}, ABSENT],
    ['an unknown sandbox before its body', 'POST', '/v1/sandboxes/x/python/exec', json({ timeout: 0 }), ABSENT],
    ['an unknown sandbox before its path', 'GET', '/v1/sandboxes/x/filesystem/files', { query: { path: '/' } }, ABSENT],
    ['an id of another kind', 'DELETE', "/v1/sandboxes/'%20OR%201=1", {}, ABSENT],
    ['an id that cannot be read', 'GET', '/v1/sandboxes/%ff', {}, MEANING],
    ['an unknown route', 'GET', '/v1/no-such-route', {}, ABSENT],
    ['an unknown route under a sandbox', 'POST', '/v1/sandboxes/ID/no-such', json({}), ABSENT],
    ['a method that the route does not have', 'PATCH', '/v1/sandboxes/ID', json({}), NOT_ALLOWED],
    ['another such method', 'PUT', '/v1/sandboxes', json({}), NOT_ALLOWED],
  ];

  it.each(rows)('refuses %s', async (...[, method, path, call, error]) => {
    const answer = await client().call(method, path.replace('ID', id), call);
    expectError(answer, error);
    if (error.status === 405) expect(answer.headers.allow).toMatch(/GET|POST/);
  });

  it('names every wrong field at once', async () => {
    const answer = await client().call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { timeout: 0 } });
    const { details } = expectError(answer, VIOLATION);
    const named = (details['errors'] as { path: string }[]).map(({ path }) => path);
    expect(named.sort()).toEqual(['body.code', 'body.timeout']);
  });

  it.each([
    ['none', {}],
    ['another', { authorization: 'Bearer not-the-right-key-0123' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['a prefix of the right one', { authorization: `Bearer e2e-key-012345678` }],
  ])('refuses a request whose key is %s', async (_, headers) => {
    const stranger = new ApiClient(bay().url, null);
    try {
      const answer = await stranger.call('POST', '/v1/sandboxes', { json: {}, headers });
      expectError(answer, { status: 401, code: 'unauthorized' });
      // Also before anything else of the request is looked at.
      const bad = await stranger.call('POST', '/v1/sandboxes', { body: '{', headers: { ...headers, ...JSON_TYPE } });
      expectError(bad, { status: 401, code: 'unauthorized' });
    } finally {
      await stranger.close();
    }
  });

  it('answers with the request id of the client, if it is harmless', async () => {
    const withId = (value: string) => client().call('GET', '/v1/no-such', { headers: { 'x-request-id': value } });
    expect(expectError(await withId('my-id.1'), ABSENT).request_id).toBe('my-id.1');
    expect(expectError(await withId('x'.repeat(200)), ABSENT).request_id).not.toContain('xx');
  });
});

await describeOnEachDriver('unusual input', (driver) => {
  const bay = useBay({
    driver,
    config: {
      limits: { read: '1k' },
      profiles: [{ id: 'python-default' }, { id: 'files-only', capabilities: ['filesystem'] }],
    },
  });
  const client = () => bay().client;

  it('ignores fields that it does not know', async () => {
    const { id } = await client().create({ unknown: 1, profile: 'python-default' });
    expect(await client().python(id, '1', { unknown: { nested: true } })).toMatchObject({ output: '1' });
  });

  it('takes whole numbers written as text or with a fraction of nothing', async () => {
    const { id, created_at, expires_at } = await client().create({ ttl: '60' });
    expect(Date.parse(`${expires_at}Z`) - Date.parse(`${created_at}Z`)).toBe(60_000);
    expect(await client().shell(id, 'true', { timeout: '30' })).toMatchObject({ success: true });
  });

  it('refuses a capability that the profile lacks, before the body is looked at', async () => {
    const { id } = await client().create({ profile: 'files-only' });
    const answer = await client().call('POST', `/v1/sandboxes/${id}/python/exec`, { json: {} });
    expectError(answer, {
      status: 400,
      code: 'capability_not_supported',
      details: { capability: 'python', available: ['filesystem'] },
    });
    expect((await client().get(id)).status).toBe('idle');
    await client().write(id, 'a.txt', 'a');
  });

  it('does not answer a file over the limit as text', async () => {
    const { id } = await client().create();
    await client().write(id, 'long.txt', 'x'.repeat(1025));
    const answer = await client().call('GET', `/v1/sandboxes/${id}/filesystem/files`, { query: { path: 'long.txt' } });
    expectError(answer, { status: 413, code: 'payload_too_large', details: { limit_bytes: 1024 } });
    expect((await client().download(id, 'long.txt')).body).toHaveLength(1025);
  });
});
