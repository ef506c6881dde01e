import { createHash, randomUUID } from 'node:crypto';
import { type Answer } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { form } from '../support/multipart.js';
import { useBay } from '../support/use-bay.js';

interface ShipBody {
  readonly id: string;
  readonly status: number;
  readonly container_id: string | null;
  readonly ttl: number;
}

interface ExecBody {
  readonly success: boolean;
  readonly stdout?: string;
  readonly exit_code?: number;
  readonly replacements?: number;
  readonly data: {
    readonly success: boolean;
    readonly stdout: string;
    readonly stderr: string;
    readonly return_code: number;
    readonly error: string | null;
    readonly output: { readonly text: string; readonly images: readonly Record<string, string>[] };
  };
}

interface Detail {
  readonly detail: string;
}

/** Calls as known users of the first generation make them, over plain HTTP. */
await describeOnEachDriver('clients of the first generation', (driver) => {
  const bay = useBay({ driver });

  /** A session id's view of the server. */
  const session = (id: string) => {
    const headers = { 'X-SESSION-ID': id };
    const call = <T>(method: string, path: string, more: object = {}): Promise<Answer<T>> =>
      bay().client.call<T>(method, path, { headers, ...more });
    return {
      create: (json: object) => call<ShipBody & Detail>('POST', '/ship', { json }),
      get: (ship: string) => call<ShipBody>('GET', `/ship/${ship}`),
      call,
      exec: (ship: string, type: string, payload: object) =>
        call<ExecBody & Detail>('POST', `/ship/${ship}/exec`, { json: { type, payload } }),
      shell: async (ship: string, command: string) => {
        const payload = { command, cwd: null, env: null, timeout: 30, shell: true, background: false };
        const json = { type: 'shell/exec', payload };
        const answer = await call<ExecBody>('POST', `/ship/${ship}/exec`, { json });
        expect(answer.status).toBe(200);
        return answer.body;
      },
      upload: (ship: string, path: string, content: string) => {
        const { body, headers: type } = form(
          { file: 'file', filename: 'upload', content },
          { field: 'file_path', value: path },
        );
        const sent = { body, headers: { ...headers, ...type } };
        return call<{ success: boolean; file_path: string; message: string }>('POST', `/ship/${ship}/upload`, sent);
      },
    };
  };
  const stopBehindTheirBack = async (ship: string): Promise<void> => {
    expect((await bay().client.call('DELETE', `/ship/${ship}`)).status).toBe(204);
  };

  it('AstrBot: boots, syncs skills, runs tools, and comes back after the ship has stopped', async () => {
    // uuid5 of the origin of a message, without dashes.
    const user = session(createHash('sha1').update('telegram:group:1').digest('hex').slice(0, 32));
    const wanted = { ttl: 3600, max_session_num: 10, spec: { cpus: 1.0, memory: '512m' } };
    const { status, body: ship } = await user.create(wanted);
    expect([status, ship.status]).toEqual([201, 1]);

    await user.shell(ship.id, 'mkdir -p skills');
    // Stands for an archive: what a zip holds is not the server's business.
    const archive = await user.upload(ship.id, 'skills/skills.zip', 'PK');
    expect(archive).toMatchObject({ status: 200, body: { success: true, file_path: '/workspace/skills/skills.zip' } });
    const script = "python3 - <<'PY'\nimport json, os\nprint(json.dumps({'skills': os.listdir('skills')}))\nPY";
    const scan = await user.shell(ship.id, script);
    // Where the published result lies, and where its later versions look for it.
    expect(JSON.parse(scan.data.stdout)).toEqual({ skills: ['skills.zip'] });
    expect(scan.stdout).toBe(scan.data.stdout);
    expect([scan.success, scan.exit_code]).toEqual([true, 0]);

    expect((await user.get(ship.id)).body.status).toBe(1);
    const python = {
      code: 'import json\nprint(json.dumps({"ok": True}))',
      kernel_id: null,
      timeout: 30,
      silent: false,
    };
    const read = await user.exec(ship.id, 'ipython/exec', python);
    expect(JSON.parse(read.body.data.output.text)).toEqual({ ok: true });
    await user.exec(ship.id, 'fs/write_file', { path: 'a.txt', content: 'one two', mode: 'w', encoding: 'utf-8' });
    const edit = { path: 'a.txt', old_string: 'two', new_string: '2', replace_all: false, encoding: 'utf-8' };
    expect((await user.exec(ship.id, 'fs/edit_file', edit)).body.replacements).toBe(1);
    const file = await user.call<string>('GET', `/ship/${ship.id}/download`, { query: { file_path: 'a.txt' } });
    expect(file).toMatchObject({ status: 200, body: 'one 2' });
    expect(file.headers['content-disposition']).toMatch(/^attachment; filename="?a.txt"?$/);

    await stopBehindTheirBack(ship.id);
    expect((await user.get(ship.id)).body).toMatchObject({ status: 0, container_id: null });
    const again = (await user.create(wanted)).body;
    expect(again).toMatchObject({ id: ship.id, status: 1 });
    expect(again.container_id).not.toBe(ship.container_id);
    expect((await user.shell(ship.id, 'cat a.txt')).data.stdout).toBe('one 2');
  });

  it('Openmim: keeps a ship id for ever', async () => {
    // Every chat has the same first eight characters.
    const [one, two] = [session('openmim-1'), session('openmim-2')];
    const [ship, other] = await Promise.all([one, two].map((user) => user.create({ ttl: 3600, max_session_num: 1 })));
    expect(ship?.body.id).not.toBe(other?.body.id);
    const id = ship?.body.id ?? '';
    const payload = { code: 'x = 1\nx', timeout: 180, silent: false };
    expect((await one.exec(id, 'ipython/exec', payload)).body.data.output.text).toBe('1');
    await stopBehindTheirBack(id);
    const shell = { command: 'echo back; exit 3', timeout: 180, shell: true, background: false };
    const woken = await one.exec(id, 'shell/exec', shell);
    expect(woken).toMatchObject({ status: 200, body: { data: { stdout: 'back', return_code: 3 } } });
    expect(await two.exec(id, 'shell/exec', shell)).toMatchObject({
      status: 400,
      body: { detail: 'Session does not have access to this ship' },
    });
  });

  it('the sandbox plugin: looks whether the server is there, destroys what it had, twice', async () => {
    const user = session(randomUUID());
    const health = await bay().client.call<{ status: string }>('GET', '/health');
    expect(health).toMatchObject({ status: 200, body: { status: 'ok' } });
    const { id } = (await user.create({ ttl: 3600, max_session_num: 1, spec: { memory: '512Mi', disk: '1Gi' } })).body;
    const destroy = () => user.call('DELETE', `/ship/${id}`).then(({ status }) => status);
    expect([await destroy(), await destroy()]).toEqual([204, 404]);
  });

  it('an older home directory is the workspace by another name, in paths', async () => {
    const user = session('abcdefgh-rest');
    const { id } = (await user.create({ ttl: 3600 })).body;
    const home = '/home/ship_abcdefgh/workspace';
    expect((await user.upload(id, `${home}/data/a.txt`, 'x')).body.file_path).toBe('/workspace/data/a.txt');
    const read = await user.exec(id, 'fs/read_file', { path: `${home}/data/a.txt` });
    expect(read.body.data).toMatchObject({ content: 'x', path: '/workspace/data/a.txt' });
    const foreign = await user.exec(id, 'fs/read_file', { path: '/home/ship_stranger/workspace/a.txt' });
    expect(foreign).toMatchObject({ status: 400, body: { detail: expect.stringContaining('403') as string } });
  });

  it('a ship ends at its ttl, keeps its files, and wakes on them (A47, A48)', async () => {
    const user = session(randomUUID());
    const { id, container_id: first } = (await user.create({ ttl: 2 })).body;
    await user.shell(id, 'echo kept > file');
    await eventually(
      async () => (await user.get(id)).body.status,
      (status) => status === 0,
    );
    expect((await user.shell(id, 'cat file')).data.stdout).toBe('kept');
    expect((await user.get(id)).body.container_id).not.toBe(first);
  });

  it('the same sandbox is there in /v1, with what runs in it', async () => {
    const user = session(randomUUID());
    const { id } = (await user.create({ ttl: 3600 })).body;
    await user.exec(id, 'ipython/exec', { code: 'x = 41' });
    const sandbox = `sandbox-${id.replaceAll('-', '').slice(0, 12)}`;
    expect(await bay().client.get(sandbox)).toMatchObject({ status: 'ready', expires_at: null });
    expect((await bay().client.python(sandbox, 'x + 1')).output).toBe('42');
    await bay().client.stop(sandbox);
    expect((await user.get(id)).body.status).toBe(0);
  });
});

await describeOnEachDriver('the orchestrator plugin', (driver) => {
  const bay = useBay({ driver, image: driver === 'local' ? 'ship:base' : 'ship:nowhere', env: { MAX_SHIP_NUM: '1' } });

  it('finds the words that it repairs by, or none to repair', async () => {
    const create = (session: string) =>
      bay().client.call<Detail>('POST', '/ship', { json: { ttl: 60 }, headers: { 'X-SESSION-ID': session } });
    const { status, body } = await create('any');
    if (driver === 'local') return expect(status).toBe(201);
    expect([status, body.detail]).toEqual([500, expect.stringContaining('No such image: ')]);
    // What did not start takes no place.
    expect((await create('other')).body.detail).toContain('No such image: ');
    expect((await bay().client.call('GET', '/ships')).body).toEqual([]);
  });
});
