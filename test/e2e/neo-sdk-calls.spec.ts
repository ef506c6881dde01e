import { type Answer, type Call } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { form } from '../support/multipart.js';
import { useBay } from '../support/use-bay.js';

/**
 * The calls of version 0.4.0 of the published client, which is not on PyPI, byte for byte as it makes them: no null in a
 * body, every default in it, the key on POST where one is given, `file` before `path` in a form. Its models read the answers:
 * each field is there, with its type.
 */
await describeOnEachDriver('the calls of the published client 0.4.0', (driver) => {
  const bay = useBay({ driver, config: { profiles: [{ id: 'python-default' }] } });
  const call = <T = Record<string, unknown>>(method: string, path: string, options: Call = {}): Promise<Answer<T>> =>
    bay().client.call<T>(method, path, options);
  let id: string;
  let cargo: string;
  beforeAll(async () => {
    id = (await bay().client.create()).id;
  });
  const sandbox = (path = '') => `/v1/sandboxes/${id}${path}`;

  describe('of BayClient', () => {
    it('create_sandbox', async () => {
      const json = { profile: 'python-default', ttl: 600 };
      const headers = { 'idempotency-key': 'create' };
      const first = await call('POST', '/v1/sandboxes', { json, headers });
      expect(first).toMatchObject({ status: 201, body: sandboxInfo({ status: 'idle', expires_at: INSTANT }) });
      expect((await call('POST', '/v1/sandboxes', { json, headers })).body).toEqual(first.body);
      expect((await call('POST', '/v1/sandboxes', { json: { profile: 'python-default' } })).body).toEqual(
        sandboxInfo({ status: 'idle', expires_at: null }),
      );
    });

    it('get_sandbox', async () => {
      expect(await call('GET', sandbox())).toMatchObject({ status: 200, body: sandboxInfo({ id }) });
    });

    it('list_sandboxes', async () => {
      const page = await call('GET', '/v1/sandboxes', { query: { limit: 1 } });
      expect(page).toMatchObject({ status: 200, body: { items: [sandboxInfo()], next_cursor: TEXT } });
      const query = { limit: 50, cursor: String(page.body['next_cursor']), status: 'idle' };
      const rest = await call('GET', '/v1/sandboxes', { query });
      expect(rest.body).toEqual({
        items: [sandboxInfo({ expires_at: INSTANT }), sandboxInfo({ id })],
        next_cursor: null,
      });
    });

    it('list_profiles', async () => {
      const brief = { id: TEXT, image: TEXT, resources: ANY, capabilities: LIST, idle_timeout: NUMBER };
      expect(await call('GET', '/v1/profiles')).toMatchObject({
        status: 200,
        body: { items: [{ ...brief, description: null, containers: null }] },
      });
      const container = { name: TEXT, runtime_type: 'ship', capabilities: LIST, resources: ANY };
      expect(await call('GET', '/v1/profiles', { query: { detail: 'true' } })).toMatchObject({
        status: 200,
        body: { items: [{ ...brief, containers: [container] }] },
      });
    });
  });

  describe('of Sandbox', () => {
    it('python.exec', async () => {
      const json = { code: 'print(6 * 7)', timeout: 30, include_code: false };
      const result = { ...EXECUTION, success: true, output: '42', error: null, code: null };
      const data = { execution_count: NUMBER, output: { text: '42', images: [] } };
      expect(await call('POST', sandbox('/python/exec'), { json })).toMatchObject({
        status: 200,
        body: { ...result, data },
      });
      const noted = { ...json, include_code: true, description: 'a product', tags: 'b, a' };
      expect((await call('POST', sandbox('/python/exec'), { json: noted })).body).toMatchObject({
        ...result,
        code: 'print(6 * 7)',
      });
      const failed = { code: '1 / 0', timeout: 30, include_code: false };
      expect((await call('POST', sandbox('/python/exec'), { json: failed })).body).toMatchObject({
        success: false,
        error: expect.stringContaining('ZeroDivisionError') as string,
      });
    });

    it('shell.exec', async () => {
      const json = { command: 'pwd; echo careful >&2', timeout: 30, cwd: '.', include_code: false, tags: 'x' };
      expect(await call('POST', sandbox('/shell/exec'), { json })).toMatchObject({
        status: 200,
        body: { ...EXECUTION, success: true, output: '/workspace', error: TEXT, exit_code: 0, command: json.command },
      });
    });

    it('get_execution_history, get_execution, get_last_execution, annotate_execution', async () => {
      const query = { success_only: 'false', limit: 100, offset: 0, has_notes: 'false', has_description: 'false' };
      const history = await call('GET', sandbox('/history'), { query });
      expect(history).toMatchObject({
        status: 200,
        body: { entries: Array(4).fill(historyEntry()) as object[], total: 4 },
      });
      const noted = await call('GET', sandbox('/history'), {
        query: { ...query, exec_type: 'python', success_only: 'true', tags: 'b', has_description: 'true' },
      });
      expect(noted.body).toMatchObject({
        entries: [historyEntry({ description: 'a product', tags: 'a,b' })],
        total: 1,
      });
      const last = await call('GET', sandbox('/history/last'), { query: { exec_type: 'shell' } });
      expect(last).toMatchObject({ status: 200, body: historyEntry({ exec_type: 'shell', tags: 'x' }) });
      const path = sandbox(`/history/${String(last.body['id'])}`);
      expect((await call('GET', path)).body).toEqual(last.body);
      const json = { description: 'looked around', tags: '', notes: 'nothing' };
      expect(await call('PATCH', path, { json })).toMatchObject({
        status: 200,
        body: historyEntry({ exec_type: 'shell', description: 'looked around', tags: null, notes: 'nothing' }),
      });
    });

    it('filesystem.write_file, read_file, list_dir, delete', async () => {
      const json = { path: 'a/b.txt', content: '世界\n' };
      const query = { path: 'a/b.txt' };
      expect(await call('PUT', sandbox('/filesystem/files'), { json })).toMatchObject({ status: 200 });
      expect((await call('GET', sandbox('/filesystem/files'), { query })).body).toEqual({ content: '世界\n' });
      const entry = { name: 'b.txt', path: TEXT, is_dir: false, size: 7 };
      const listing = await call('GET', sandbox('/filesystem/directories'), { query: { path: 'a' } });
      expect(listing).toMatchObject({ status: 200, body: { entries: [entry] } });
      expect(await call('DELETE', sandbox('/filesystem/files'), { query })).toMatchObject({ status: 200 });
      expect(await call('GET', sandbox('/filesystem/files'), { query })).toMatchObject({
        status: 404,
        body: { error: { code: 'file_not_found' } },
      });
    });

    it('filesystem.upload, download', async () => {
      const content = Buffer.from([0, 255, 10, 13]);
      const parts = form({ file: 'file', filename: 'upload', content }, { field: 'path', value: 'bin' });
      expect(await call('POST', sandbox('/filesystem/upload'), parts)).toMatchObject({ status: 200 });
      expect((await bay().client.download(id, 'bin')).body).toEqual(content);
    });

    it('refresh, while it runs', async () => {
      const container = { name: 'ship', runtime_type: 'ship', status: 'running', version: VERSION, healthy: true };
      expect((await call('GET', sandbox())).body).toMatchObject({
        ...sandboxInfo({ status: 'ready', idle_expires_at: INSTANT, containers: LIST }),
        containers: [{ ...container, capabilities: LIST }],
      });
    });

    it('keepalive, stop', async () => {
      expect(await call('POST', sandbox('/keepalive'))).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await call('POST', sandbox('/stop'))).toMatchObject({ status: 200, body: { status: 'stopped' } });
    });

    it('extend_ttl', async () => {
      const made = await call<{ id: string }>('POST', '/v1/sandboxes', {
        json: { profile: 'python-default', ttl: 60 },
      });
      const path = `/v1/sandboxes/${made.body.id}/extend_ttl`;
      const extend = () => call('POST', path, { json: { extend_by: 60 }, headers: { 'idempotency-key': 'extend' } });
      const first = await extend();
      expect(first).toMatchObject({ status: 200, body: sandboxInfo({ id: made.body.id, expires_at: INSTANT }) });
      expect((await extend()).body).toEqual(first.body);
      expect(await call('POST', sandbox('/extend_ttl'), { json: { extend_by: 60 } })).toMatchObject({
        status: 409,
        body: { error: { code: 'sandbox_ttl_infinite' } },
      });
    });

    it('delete', async () => {
      const made = await call<{ id: string }>('POST', '/v1/sandboxes', { json: { profile: 'python-default' } });
      const path = `/v1/sandboxes/${made.body.id}`;
      expect(await call('DELETE', path)).toMatchObject({ status: 204, body: null });
      expect(await call('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    });
  });

  describe('of cargos', () => {
    it('create, without a body and with one', async () => {
      expect(await call('POST', '/v1/cargos')).toMatchObject({ status: 201, body: cargoInfo() });
      const headers = { 'idempotency-key': 'cargo' };
      const made = await call<{ id: string }>('POST', '/v1/cargos', { json: { size_limit_mb: 64 }, headers });
      expect(made).toMatchObject({ status: 201, body: cargoInfo({ size_limit_mb: 64 }) });
      cargo = made.body.id;
    });

    it('get', async () => {
      expect(await call('GET', `/v1/cargos/${cargo}`)).toMatchObject({ status: 200, body: cargoInfo({ id: cargo }) });
    });

    it('list', async () => {
      const page = await call('GET', '/v1/cargos', { query: { limit: 1 } });
      expect(page).toMatchObject({ status: 200, body: { items: [cargoInfo()], next_cursor: TEXT } });
      // As httpx writes True.
      const managed = await call('GET', '/v1/cargos', { query: { limit: 50, managed: 'true' } });
      expect((managed.body as { items: unknown[] }).items).toContainEqual(
        cargoInfo({ managed: true, managed_by_sandbox_id: id }),
      );
    });

    it('create_sandbox with it, delete', async () => {
      const json = { profile: 'python-default', cargo_id: cargo };
      const made = await call<{ id: string }>('POST', '/v1/sandboxes', { json });
      expect(made).toMatchObject({ status: 201, body: sandboxInfo({ cargo_id: cargo }) });
      expect(await call('DELETE', `/v1/cargos/${cargo}`)).toMatchObject({
        status: 409,
        body: { error: { code: 'conflict', details: { active_sandbox_ids: [made.body.id] } } },
      });
      await call('DELETE', `/v1/sandboxes/${made.body.id}`);
      expect(await call('DELETE', `/v1/cargos/${cargo}`)).toMatchObject({ status: 204 });
    });
  });
});

const TEXT = expect.any(String) as string;
const NUMBER = expect.any(Number) as number;
const LIST = expect.any(Array) as string[];
const ANY = expect.any(Object) as object;
/** Naive, with microseconds: its models would read a zone as another type of instant. */
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/) as string;
const VERSION = expect.stringMatching(/^\d+\.\d+\.\d+/) as string;
const EXECUTION = { execution_id: expect.stringMatching(/^exec-[0-9a-f]{12}$/) as string, execution_time_ms: NUMBER };

const sandboxInfo = (given: Record<string, unknown> = {}) => ({
  id: expect.stringMatching(/^sandbox-[0-9a-f]{12}$/) as string,
  status: TEXT,
  profile: 'python-default',
  cargo_id: expect.stringMatching(/^ws-[0-9a-f]{12}$/) as string,
  capabilities: LIST,
  created_at: INSTANT,
  expires_at: null,
  idle_expires_at: null,
  containers: null,
  ...given,
});

const historyEntry = (given: Record<string, unknown> = {}) => ({
  id: EXECUTION.execution_id,
  session_id: expect.anything() as unknown,
  exec_type: expect.stringMatching(/^(python|shell)$/) as string,
  code: TEXT,
  success: expect.any(Boolean) as boolean,
  execution_time_ms: NUMBER,
  payload_ref: null,
  learn_enabled: false,
  learn_status: null,
  created_at: INSTANT,
  ...given,
});

const cargoInfo = (given: Record<string, unknown> = {}) => ({
  id: expect.stringMatching(/^ws-[0-9a-f]{12}$/) as string,
  managed: false,
  managed_by_sandbox_id: null,
  backend: 'docker_volume',
  size_limit_mb: NUMBER,
  created_at: INSTANT,
  last_accessed_at: INSTANT,
  ...given,
});
