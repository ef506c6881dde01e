import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { BayProcess, readRunFile } from '../support/bay-process.js';
import { tempDir } from '../support/temp-dir.js';

const dirs: ReturnType<typeof tempDir>[] = [];
const servers: BayProcess[] = [];

const newDir = (): string => {
  const dir = tempDir();
  dirs.push(dir);
  return dir.path;
};
const start = (dir: string, env: Record<string, string> = {}): BayProcess => {
  const server = BayProcess.launch({ cwd: dir, dataDir: dir, env: { PORT: '0', CONTAINER_DRIVER: 'local', ...env } });
  servers.push(server);
  return server;
};

afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
  for (const dir of dirs.splice(0)) dir.remove();
});

describe('a start', () => {
  it('makes key, database and run file, and says once that it is ready', async () => {
    const dir = newDir();
    const server = start(dir);
    const { url, port, host, started_at_ms: startedAtMs } = await server.ready(dir);
    expect({ url, host }).toEqual({ url: `http://127.0.0.1:${port}`, host: '127.0.0.1' });
    expect(startedAtMs).toBeGreaterThan(0);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const { api_key: key } = JSON.parse(readFileSync(join(dir, 'credentials.json'), 'utf8')) as { api_key: string };
    expect((await fetch(`${url}/v1/profiles`)).status).toBe(401);
    expect((await fetch(`${url}/v1/profiles`, { headers: { Authorization: `Bearer ${key}` } })).status).toBe(200);
    await server.stop();
    await server.exit;
    expect(server.stdout.match(/Bay is ready/g)).toHaveLength(1);
    expect(server.stdout + server.stderr).not.toContain(key);
  });

  it('with a bad configuration exits with 78 and names every problem', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'config.yaml'), 'server: { prot: 1 }\nlog: { level: loud }\n');
    const server = start(dir, { CONTAINER_DRIVER: 'unheard-of' });
    expect(await server.exit).toEqual({ code: 78, signal: null });
    expect(server.stderr).toMatch(/server\.prot .*Did you mean server\.port\?/);
    expect(server.stderr).toMatch(/log\.level .*one of: trace/);
    expect(readRunFile(dir)).toBeNull();
  });

  it('with a driver that is named but not implemented exits with 78, and says what to use', async () => {
    const server = start(newDir(), { CONTAINER_DRIVER: 'containerd' });
    expect(await server.exit).toEqual({ code: 78, signal: null });
    expect(server.stderr).toMatch(/the driver containerd is not implemented in this version\..* use docker-host/);
  });

  it('on a port in use says so', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const server = start(newDir(), { PORT: String(port) });
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(new RegExp(`port ${port} .* is in use`));
    other.close();
  });

  it('on a data directory in use says whose it is, and leaves that one alone', async () => {
    const dir = newDir();
    const first = start(dir);
    const { pid, url } = await first.ready(dir);
    const second = start(dir);
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain(`Another Bay (process ${pid}, ${url}) uses the data directory ${dir}`);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(readRunFile(dir)).toMatchObject({ pid });
  });

  it('after a kill -9 works, with the same key and installation', async () => {
    const dir = newDir();
    const killed = start(dir);
    await killed.ready(dir);
    const key = readFileSync(join(dir, 'credentials.json'), 'utf8');
    await killed.kill();
    expect(readRunFile(dir)).toMatchObject({ pid: killed.pid });
    const { url } = await start(dir).ready(dir);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(readFileSync(join(dir, 'credentials.json'), 'utf8')).toBe(key);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'is undone by %s: exit code 0, no run file, no log of the database',
    async (signal) => {
      const dir = newDir();
      const server = start(dir);
      const { url } = await server.ready(dir);
      await (await fetch(`${url}/health`)).text();
      await server.stop(signal);
      expect(await server.exit).toEqual({ code: 0, signal: null });
      expect(readRunFile(dir)).toBeNull();
      expect(existsSync(join(dir, 'bay.db-wal'))).toBe(false);
    },
  );
});

describe('a stop', () => {
  it('lets a call that is under way end, and takes no new ones', async () => {
    const dir = newDir();
    const server = start(dir, { BAY_API_KEY: 'k'.repeat(20) });
    const { port, url } = await server.ready(dir);
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // A body that is still on its way when the signal comes: the call is under way once Bay asks for it.
    const asked = new Promise<void>((resolve) => socket.once('data', () => resolve()));
    const body = JSON.stringify({ profile: 'absent' });
    const head = ['POST /v1/sandboxes HTTP/1.1', 'Host: bay', `Authorization: Bearer ${'k'.repeat(20)}`];
    socket.write(
      [
        ...head,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Expect: 100-continue',
        '',
        '',
      ].join('\r\n'),
    );
    await asked;
    const stopped = server.stop();
    while (
      await fetch(`${url}/health`).then(
        () => true,
        () => false,
      )
    );
    socket.write(body);
    await closed;
    expect(answer).toMatch(/HTTP\/1\.1 400 Bad Request.*"validation_error"/s);
    await stopped;
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });
});
