import { BayServer } from '../support/bay-server.js';
import { describeOnEachDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { containersOf, findProcesses, openDocker, readProc } from '../support/left-behind.js';
import { TEST_MS } from './proxied-bay.js';
import { countRuns, hasRun, NOTE_RUN } from './runs.js';

/** Ends the agent from the inside, as the kernel would when memory runs out: the child of the sandbox's first process. */
const KILL_AGENT = [
  'for status in /proc/[0-9]*/status; do',
  '  pid=${status#/proc/}; pid=${pid%/status}',
  '  if grep -q "^PPid:[[:space:]]*1$" "$status" && grep -qa ship "/proc/$pid/cmdline"; then kill -9 "$pid"; fi',
  'done; sleep 60',
].join('\n');

/** Kills Python and returns when the agent knows: what it has not reaped, or tini for it, can still be signalled. */
const killPython = (pid: string): string =>
  [
    `waited=${pid}; parent=$(awk '/^PPid/ { print $2 }' /proc/${pid}/status)`,
    'if grep -qa tini "/proc/$parent/cmdline"; then waited=$parent; fi',
    `kill -9 ${pid}`,
    'while kill -0 "$waited" 2>/dev/null; do sleep 0.01; done',
  ].join('\n');

/** A process that ends closes its files, sockets among them, before it is a zombie. */
function holdsFiles(pid: number): boolean {
  const stat = readProc(String(pid), 'stat');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

await describeOnEachDriver('what is killed in a sandbox', (driver) => {
  let bay: BayServer;
  beforeAll(async () => {
    bay = await BayServer.start({ driver });
  }, TEST_MS);
  afterAll(() => bay.end(), TEST_MS);

  /** A sandbox with a variable and a file. */
  const used = async (): Promise<string> => {
    const { id } = await bay.client.create();
    await bay.client.python(id, 'variable = 1');
    await bay.client.write(id, 'kept.txt', 'acknowledged');
    return id;
  };

  /** Returns when it is dead. */
  const killSandbox = async (id: string): Promise<void> => {
    if (driver === 'docker-host') {
      const [container] = await containersOf(id);
      const ended = openDocker().getContainer(container!.Id).wait();
      await openDocker().getContainer(container!.Id).kill();
      await ended;
      return;
    }
    const agents = findProcesses(bay.installation()).filter(({ line }) => /\bship\.[cm]?js\b/.test(line));
    for (const { pid } of agents) process.kill(pid, 'SIGKILL');
    await eventually(
      () => agents.filter(({ pid }) => holdsFiles(pid)),
      (left) => left.length === 0,
    );
  };

  const isFresh = async (id: string): Promise<void> => {
    expect((await bay.client.python(id, "'variable' in globals()")).output).toBe('False');
    expect(await bay.client.read(id, 'kept.txt')).toBe('acknowledged');
    await bay.client.delete(id);
  };

  it(
    'Python between two calls: the next one works and says that variables are gone',
    async () => {
      const id = await used();
      const { output: pid } = await bay.client.python(id, 'import os; os.getpid()');
      await bay.client.shell(id, killPython(pid));
      const next = await bay.client.python(id, "'variable' in globals()");
      expect(next).toMatchObject({ success: true, output: 'False', state_lost: true });
      expect((await bay.client.python(id, '1')).state_lost).toBe(false);
      await isFresh(id);
    },
    TEST_MS,
  );

  it(
    'Python under a cell: the call says so and is not repeated, and the next one works',
    async () => {
      const id = await used();
      const call = await bay.client.python(id, `${NOTE_RUN}\nimport os; os.kill(os.getpid(), 9)`);
      expect(call).toMatchObject({ success: false, state_lost: true });
      expect(call.error).not.toBe('');
      expect(await countRuns(bay, id)).toBe(1);
      await isFresh(id);
    },
    TEST_MS,
  );

  it(
    'the agent under a command: 409 execution_lost, and the next call works',
    async () => {
      const id = await used();
      const lost = await bay.client.call('POST', `/v1/sandboxes/${id}/shell/exec`, { json: { command: KILL_AGENT } });
      expect(lost).toMatchObject({ status: 409, body: { error: { code: 'execution_lost' } } });
      await isFresh(id);
    },
    TEST_MS,
  );

  it(
    'all of it under a cell: 409 execution_lost, and the cell is never run again',
    async () => {
      const id = await used();
      const code = `${NOTE_RUN}\nimport time; time.sleep(600)`;
      const call = bay.client.call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { code, timeout: 60 } });
      await hasRun(bay, id);
      await killSandbox(id);
      expect(await call).toMatchObject({ status: 409, body: { error: { code: 'execution_lost' } } });
      expect((await bay.client.python(id, '1')).success).toBe(true);
      expect(await countRuns(bay, id)).toBe(1);
      await isFresh(id);
    },
    TEST_MS,
  );

  it(
    'all of it between two calls: the next one works',
    async () => {
      const id = await used();
      await killSandbox(id);
      // Gives Bay a turn in which it hears that its connections are closed: what it sends into them before may have run.
      await bay.client.get(id);
      await isFresh(id);
    },
    TEST_MS,
  );

  it(
    'all of it behind the back of a Bay that is killed, too: the next Bay notices at the first call',
    async () => {
      const id = await used();
      await bay.kill();
      await killSandbox(id);
      await bay.restart();
      await isFresh(id);
    },
    TEST_MS,
  );
});
