import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BayServer } from '../support/bay-server.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { findProcesses } from '../support/left-behind.js';
import { TEST_MS } from './proxied-bay.js';

/** What a start leaves on this machine, step by step; each looks for the first trace of its step. */
const STEPS: Record<string, (bay: BayServer) => boolean> = {
  'its workspace is there': (bay) => namesIn(bay, 'local/workspaces').length > 0,
  'its record is there': (bay) => records(bay).length > 0,
  'its secret is there': (bay) => inRunDir(bay, 'secret'),
  'its record says that it starts': (bay) => records(bay).some((text) => text.includes('"starting"')),
  'its first process is there': (bay) => findProcesses(bay.installation()).length > 0,
  'its agent listens': (bay) => inRunDir(bay, 'agent.sock'),
  'its record says that it has started': (bay) => records(bay).some((text) => text.includes('"started"')),
};

await describeOnDriver('local', 'Bay killed while a local sandbox', () => {
  let bay: BayServer;
  beforeEach(async () => {
    bay = await BayServer.start({ driver: 'local' });
  }, TEST_MS);
  afterEach(() => bay.end(), TEST_MS);

  const killWhen = async (isThere: (bay: BayServer) => boolean, call: () => Promise<unknown>): Promise<void> => {
    const answer = Promise.allSettled([call()]);
    const deadline = performance.now() + TEST_MS / 4;
    while (!isThere(bay)) {
      if (performance.now() > deadline) throw new Error('The step was never seen.');
      await setImmediate();
    }
    await bay.kill();
    await answer;
    await bay.restart();
  };

  const oneAgent = (): void => {
    const agents = findProcesses(bay.installation()).filter(({ line }) =>
      /^process \d+ \S*node \S*ship\.[cm]?js/.test(line),
    );
    expect(agents).toHaveLength(1);
  };

  it.each(Object.keys(STEPS))(
    'starts, as soon as %s: the next Bay finishes the start, once',
    async (step) => {
      const { id } = await bay.client.create();
      await killWhen(STEPS[step]!, () => bay.client.python(id, '1'));
      await eventually(
        () => bay.client.get(id),
        ({ status }) => status === 'ready',
      );
      expect((await bay.client.python(id, '6 * 7')).output).toBe('42');
      oneAgent();
    },
    TEST_MS,
  );

  it(
    'stops, as soon as a process of it is gone: the next Bay finishes it, and the files are there',
    async () => {
      const { id } = await bay.client.create();
      await bay.client.write(id, 'kept.txt', 'acknowledged');
      const running = findProcesses(bay.installation()).length;
      await killWhen(
        () => findProcesses(bay.installation()).length < running,
        () => bay.client.stop(id),
      );
      await eventually(
        () => findProcesses(bay.installation()),
        (processes) => processes.length === 0,
      );
      expect((await bay.client.get(id)).status).toBe('idle');
      expect(await bay.client.read(id, 'kept.txt')).toBe('acknowledged');
    },
    TEST_MS,
  );

  it(
    'is deleted, as soon as a process of it is gone: the next Bay finishes it',
    async () => {
      const { id } = await bay.client.create();
      await bay.client.python(id, '1');
      const running = findProcesses(bay.installation()).length;
      await killWhen(
        () => findProcesses(bay.installation()).length < running,
        () => bay.client.delete(id),
      );
      await bay.expectNothingLeft();
      expect((await bay.client.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
    },
    TEST_MS,
  );
});

function namesIn({ dataDir }: BayServer, place: string): string[] {
  const directory = join(dataDir, place);
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** Contents of the groups' records; a half-written one is as good as none. */
const records = (bay: BayServer): string[] =>
  namesIn(bay, 'local/groups')
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(bay.dataDir, 'local/groups', name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));

const inRunDir = (bay: BayServer, name: string): boolean =>
  namesIn(bay, 'run').some((group) => existsSync(join(bay.dataDir, 'run', group, '0', name)));
