import { existsSync, statSync } from 'node:fs';
import { isAlive, PATIENCE_MS, ShipProcess } from './ship.fixture.js';

describe('the session of the Ship agent', () => {
  let ship: ShipProcess;
  beforeAll(async () => void (ship = await ShipProcess.start()), PATIENCE_MS);
  afterAll(() => ship.remove());

  const health = async (): Promise<Record<string, unknown>> =>
    JSON.parse((await ship.get('/health')).text) as Record<string, unknown>;

  it.each(['', 'wrong', 'x'.repeat(48)])('knows nobody without the secret: %j', async (secret) => {
    for (const path of ['/health', '/meta', '/executions/x', '/files?path=x', '/nothing']) {
      const answer = await ship.get(path, secret);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'unauthorized' } });
    }
    expect((await ship.post('/init', { session_id: 's', sandbox_id: 'b', env: {} }, secret)).status).toBe(401);
  });

  it('says how it is and what it can', async () => {
    expect(await health()).toMatchObject({ status: 'ok', initialized: false });
    const meta = JSON.parse((await ship.get('/meta')).text) as Record<string, unknown>;
    expect(meta).toMatchObject({
      runtime: { name: 'ship', api_version: 'v1' },
      workspace: { mount_path: ship.workspace },
    });
    expect(Object.keys(meta['capabilities'] as object)).toEqual(
      expect.arrayContaining(['python', 'shell', 'filesystem']),
    );
  });

  it('has a socket that another user may use', () => {
    expect(statSync(ship.socket).mode & 0o777).toBe(0o666);
  });

  it('starts Python before anyone asks', async () => {
    await ship.until(async () => (await health())['python'] === 'ready', 'Python is ready');
  });

  it('runs and reads nothing before its init', async () => {
    const body = { id: 'early', kind: 'shell', command: 'touch early', timeout_ms: 1000 };
    for (const answer of [
      await ship.post('/executions', body),
      await ship.get('/files?path=x'),
      await ship.get('/executions/early'),
    ]) {
      expect(answer.status).toBe(409);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'not_initialized' } });
    }
  });

  it('refuses an init that is none', async () => {
    for (const body of [
      {},
      { session_id: 's', sandbox_id: 'b' },
      { session_id: 's', sandbox_id: 'b', env: { 'A\0': 'x' } },
    ]) {
      expect((await ship.post('/init', body)).status).toBe(422);
    }
    expect(await health()).toMatchObject({ initialized: false });
  });

  it('takes one init; the same session may repeat it, another may not', async () => {
    const body = { session_id: 'one', sandbox_id: 'box', env: { NAME: 'first' } };
    const first = await ship.post('/init', body);
    expect(JSON.parse(first.text)).toEqual({ boot_id: (await health())['boot_id'] });
    expect((await ship.post('/init', body)).text).toBe(first.text);
    const other = await ship.post('/init', { ...body, session_id: 'two' });
    expect(JSON.parse(other.text)).toMatchObject({ error: { code: 'session_mismatch' } });
    expect((await ship.shell('echo $NAME')).stdout).toBe('first\n');
  });

  it('knows no other routes', async () => {
    const answer = await ship.get('/nothing');
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'not_found' } });
  });

  it('gives a restarted interpreter the environment again', async () => {
    await ship.python('import os; os._exit(1)');
    expect((await ship.python('os.environ["NAME"]')).error?.name).toBe('NameError');
    expect((await ship.python('import os; os.environ["NAME"]')).result).toBe("'first'");
  });

  it('survives the death of its interpreter, though nothing was running', async () => {
    const { stdout } = await ship.python('import os; print(os.getpid())');
    process.kill(Number(stdout), 'SIGKILL');
    await ship.until(() => !isAlive(Number(stdout)), 'the interpreter has ended');
    expect((await ship.python('1 + 1')).result).toBe('2');
  });

  it('ends at SIGTERM with all that it started, also in the background, and exit code 0', async () => {
    const { stdout } = await ship.shell('setsid sleep 90 & echo $!');
    const cell = ship.python('import time; print(1); time.sleep(60)').catch(() => 'cut off');
    const python = await ship.shell('pgrep -f bay_host || pgrep -f start.py');
    const code = await ship.stop();
    expect(code).toBe(0);
    await cell;
    for (const pid of [stdout, ...python.stdout.split('\n').filter(Boolean)]) {
      await ship.until(() => !isAlive(Number(pid)), `${pid} has ended`);
    }
    expect(existsSync(ship.socket)).toBe(false);
  });

  it('starts again over what a killed one left, and has lost its init', async () => {
    await ship.launch();
    await ship.until(async () => (await health())['python'] === 'ready', 'Python is ready');
    const before = await health();
    process.kill(ship.pid, 'SIGKILL');
    await ship.until(() => !isAlive(ship.pid), 'the agent has ended');
    expect(existsSync(ship.socket)).toBe(true);
    await ship.launch();
    const after = await health();
    expect(after).toMatchObject({ initialized: false });
    expect(after['boot_id']).not.toBe(before['boot_id']);
  });
});
