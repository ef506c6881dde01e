import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanForMarked } from '../../../src/drivers/local/process-scan.js';
import { describeWith } from '../../support/suites.js';
import { tempDir } from '../../support/temp-dir.js';
import { describeDriver } from './driver.contract.js';
import { localBackend, type LocalHarness } from './local.harness.js';
import { PATIENCE_MS, World } from './world.js';

const backend = localBackend();
await describeDriver(backend);

const availability = await backend.availability();
describeWith(
  'local',
  'driver local, by its own',
  availability.available ? null : availability.reason,
)(() => {
  let harness: LocalHarness;
  let world: World;
  const marked = () => scanForMarked(world.installationId).filter(({ isInit }) => isInit);
  const writeRecord = (sessionId: string, changes: object): void => {
    writeFileSync(harness.paths.record(sessionId), JSON.stringify({ ...harness.record(sessionId), ...changes }));
  };

  beforeAll(async () => {
    harness = (await backend.open()) as LocalHarness;
  });
  afterAll(() => harness.close());
  beforeEach(() => {
    world = new World(harness);
  });
  afterEach(async () => {
    expect(await world.end()).toEqual([]);
  }, PATIENCE_MS);

  it(
    'leaves the mounts of the machine as they are when it makes a network',
    async () => {
      // Only root can make a mount that others share, and only root's slirp4netns could take it down.
      if (process.getuid?.() !== 0) return;
      const dir = tempDir();
      const place = join(dir.path, 'shared');
      mkdirSync(place);
      const mount = (...args: string[]) => execFileSync('mount', args);
      mount('-t', 'tmpfs', 'tmpfs', place);
      try {
        mount('--make-shared', place);
        mkdirSync(join(place, 'inner'));
        mount('-t', 'tmpfs', 'tmpfs', join(place, 'inner'));
        writeFileSync(join(place, 'inner', 'here'), '');
        await world.sandbox({ egress: 'open' });
        expect(existsSync(join(place, 'inner', 'here'))).toBe(true);
      } finally {
        execFileSync('umount', ['--recursive', place]);
        dir.remove();
      }
    },
    PATIENCE_MS,
  );

  it(
    'keeps every privilege of the host from the agent, as the kernel sees it from outside',
    async () => {
      const { spec } = await world.running();
      const { agent } = harness.record(spec.labels.sessionId).members[0]!.processes!;
      const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
      expect(status).not.toMatch(/^Uid:.*\b0\b/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
      }
    },
    PATIENCE_MS,
  );

  it(
    'shows nothing of the host but its programs',
    async () => {
      const { agent } = await world.sandbox();
      const { stdout } = await agent.shell(
        'ls -A / /etc /run; cat /etc/shadow; touch /x /usr/x /dev/x',
        world.signal(),
      );
      for (const hidden of ['var', 'boot', 'mnt', 'shadow', 'ssh', 'docker.sock', 'user']) {
        expect(stdout.split('\n')).not.toContain(hidden);
      }
      const data = await agent.shell(`ls -A ${harness.dataDir} /tmp; ls /x /usr/x /dev/x`, world.signal());
      expect(data.stdout).not.toContain('local');
      expect(data.stdout).not.toContain('/x');
    },
    PATIENCE_MS,
  );

  it(
    'finds a sandbox that no record names, and removes it',
    async () => {
      const { spec, handle } = await world.running();
      rmSync(harness.paths.record(spec.labels.sessionId));
      const [listed] = await world.driver.list({}, world.signal());
      expect(listed).toMatchObject({ handle, labels: spec.labels });

      await world.driver.remove(handle, world.signal());
      expect(await world.driver.list({}, world.signal())).toEqual([]);
      expect(marked()).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'ends what a Bay that died while it started a group left, before it starts the group again',
    async () => {
      const { spec, handle } = await world.running();
      const { sessionId } = spec.labels;
      const [left] = marked();
      writeRecord(sessionId, {
        phase: 'starting',
        members: harness.record(sessionId).members.map((member) => ({ ...member, processes: null })),
      });
      expect(await world.driver.inspect(handle, world.signal())).toMatchObject({ state: 'created' });

      await world.openDriver().start(handle, world.signal());
      expect(marked()).toHaveLength(1);
      expect(marked()[0]?.process).not.toEqual(left?.process);
      const agent = await world.agent(spec, handle);
      expect(await agent.shell('echo again', world.signal())).toMatchObject({ stdout: 'again\n' });
    },
    PATIENCE_MS,
  );

  it(
    'has no group from before a reboot, and signals no process that has its pid now',
    async () => {
      const { spec, handle } = await world.running();
      const { sessionId } = spec.labels;
      const { bootId } = harness.record(sessionId);
      writeRecord(sessionId, { bootId: 'another boot' });
      expect(await world.driver.inspect(handle, world.signal())).toMatchObject({ state: 'absent' });
      await world.driver.stop(handle, 0, world.signal());
      expect(marked()).toHaveLength(1);
      writeRecord(sessionId, { bootId });
    },
    PATIENCE_MS,
  );

  it(
    'ends background processes with their sandbox, detached ones too',
    async () => {
      const { handle, agent } = await world.sandbox();
      await agent.shell('setsid nohup sleep 1000 >/dev/null 2>&1 & disown', world.signal());
      const { init } = harness.record(handle.data['sessionId'] as string).members[0]!.processes!;
      await world.driver.stop(handle, 0, world.signal());
      expect(existsSync(`/proc/${init.pid}/root/workspace`)).toBe(false);
      expect(marked()).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'removes a workspace whose directories were locked',
    async () => {
      const ref = await world.driver.volumes.ensure({ workspaceId: 'ws-locked', sizeLimitMb: null }, world.signal());
      const locked = join(harness.paths.files('ws-locked'), 'a', 'b');
      mkdirSync(locked, { recursive: true });
      writeFileSync(join(locked, 'file'), '');
      chmodSync(locked, 0);
      await world.driver.volumes.remove(ref, world.signal());
      expect(existsSync(harness.paths.workspace('ws-locked'))).toBe(false);
    },
    PATIENCE_MS,
  );
});
