import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { isAlive, PATIENCE_MS, ShipProcess } from './ship.fixture.js';

const HAS_TINI = spawnSync('tini', ['--version']).status === 0;
if (!HAS_TINI) console.warn('A case of ended process trees is skipped, because tini is not installed.');

describe('commands in the Ship agent', () => {
  let ship: ShipProcess;
  beforeAll(async () => {
    ship = await ShipProcess.start();
    await ship.init({ GIVEN: 'by init' });
  }, PATIENCE_MS);
  afterAll(() => ship.remove());

  it('have their output, errors and exit code apart', async () => {
    const told = await ship.shell('echo out; echo err >&2; exit 3');
    expect(told.stdout).toBe('out\n');
    expect(told.stderr).toBe('err\n');
    expect(told.exit).toMatchObject({ outcome: 'ok', exit_code: 3, execution_count: null, state_lost: false });
  });

  it('run in bash, with pipes on which /dev/stdout and /dev/stderr can be opened', async () => {
    const told = await ship.shell('[[ a == a ]] && echo out > /dev/stdout; echo err | tee /dev/stderr > /dev/null');
    expect(told).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
  });

  it('that die of a signal end with 128 + its number', async () => {
    expect((await ship.shell('kill -TERM $$')).exit).toMatchObject({ outcome: 'ok', exit_code: 143 });
  });

  it('see the environment of the init and of the call, and nothing of the agent', async () => {
    const told = await ship.shell('env | cut -d= -f1 | sort | tr "\\n" " "; echo $GIVEN $CALL $USER $HOME', {
      env: { CALL: 'by call' },
    });
    expect(told.stdout).toBe(
      'BAY_PROCESS_MARK CALL GIVEN HOME LANG LOGNAME PATH PWD SHELL SHLVL USER _ ' +
        `by init by call shipyard ${ship.workspace}\n`,
    );
  });

  it('may be longer than an argument can be', async () => {
    const told = await ship.shell(`# ${'x'.repeat(300_000)}\necho long`);
    expect(told.stdout).toBe('long\n');
  });

  it('refuse an environment that no process can have', async () => {
    const body = { id: 'env', kind: 'shell', command: 'true', timeout_ms: 1000, env: { 'A=B': 'c' } };
    expect((await ship.post('/executions', body)).status).toBe(422);
  });

  it('never break by binary output', async () => {
    const told = await ship.shell('head -c 100000 /dev/urandom; printf "\\xc3"; printf "\\xa9\\n" ');
    expect(told.exit).toMatchObject({ outcome: 'ok', exit_code: 0 });
    expect(told.stdout.endsWith('é\n')).toBe(true);
  });

  it('decode a character that comes in two pieces', async () => {
    const told = await ship.shell('printf "\\xc3"; sleep 0.05; printf "\\xa9"');
    expect(told.stdout).toBe('é');
  });

  it('end when their own process ends, whatever they leave in the background', async () => {
    const told = await ship.shell(
      'sleep 100 & echo $!; (setsid sh -c "while true; do echo noise; sleep 0.01; done" & echo $!)',
    );
    const [sleeping = 0, noisy = 0] = told.stdout.split('\n').map(Number);
    expect(told.exit).toMatchObject({ outcome: 'ok', exit_code: 0 });
    expect(isAlive(sleeping)).toBe(true);
    expect(noisy).toBeGreaterThan(0);
    // Still read, though by nobody: it is not killed by its next line.
    await ship.shell('sleep 0.2');
    expect((await ship.shell('pgrep -f "echo noise" | wc -l')).stdout.trim()).not.toBe('0');
    await ship.shell(`kill ${sleeping}; pkill -f "[e]cho noise"`);
  });

  describe('a time limit', () => {
    it.each([
      ['a child', 'sleep 71'],
      ['a group', 'sleep 72 & sleep 73; wait'],
      ['another session', 'setsid sleep 74 & sleep 75'],
      ['a double fork', '(setsid nohup sleep 76 >/dev/null 2>&1 &) ; sleep 77'],
      // Without a subreaper nothing tells any more whose it was.
      ...(HAS_TINI ? [['a process without the environment', '(env -i setsid sleep 78 &) ; sleep 79']] : []),
      ['a command that ignores signals', 'trap "" INT TERM HUP; sleep 80; sleep 81'],
    ])('ends the whole tree: %s', async (_, command = '') => {
      // Other runs on this machine sleep, too.
      const told = await ship.shell(command.replaceAll(/sleep \d+/g, `$&.${process.pid}`), { timeout_ms: 300 });
      expect(told.exit).toMatchObject({ outcome: 'timeout', exit_code: 137 });
      expect(told.exit.message).toContain('300 ms');
      const left = await ship.shell(
        'for n in 71 72 73 74 75 76 77 78 79 80 81; do pgrep -fx "sleep $n.' + process.pid + '"; done; true',
      );
      expect(left.stdout).toBe('');
    });
  });

  describe('the working directory', () => {
    beforeAll(() => {
      mkdirSync(join(ship.workspace, 'inside/deep'), { recursive: true });
      symlinkSync('/', join(ship.workspace, 'out'));
      symlinkSync('inside', join(ship.workspace, 'alias'));
    });

    it.each(['inside/deep', './inside/../inside/deep', 'alias/deep'])('%s is taken', async (cwd) => {
      expect((await ship.shell('pwd', { cwd })).stdout).toBe(`${ship.workspace}/inside/deep\n`);
    });

    it('may be absolute when it is inside', async () => {
      expect((await ship.shell('pwd', { cwd: `${ship.workspace}/inside` })).stdout).toBe(`${ship.workspace}/inside\n`);
    });

    it.each([
      ['..', 'is outside the workspace'],
      ['/etc', 'is outside the workspace'],
      ['out/etc', 'leads out of the workspace'],
      ['inside/../../..', 'is outside the workspace'],
      ['none', 'does not exist'],
      ['a\0b', 'holds a NUL byte'],
    ])('%j keeps the command from starting: it %s', async (cwd, reason) => {
      const ran = await ship.shell('pwd', { cwd });
      expect(ran).toMatchObject({ stdout: '', exit: { outcome: 'error', message: expect.stringContaining(reason) } });
    });
  });

  it('run at once, each with its own output', async () => {
    const told = await Promise.all(Array.from({ length: 20 }, (_, n) => ship.shell(`echo ${n}; sleep 0.1; echo ${n}`)));
    expect(told.map((each) => each.stdout)).toEqual(Array.from({ length: 20 }, (_, n) => `${n}\n${n}\n`));
  });
});
