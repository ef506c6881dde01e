import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Driver } from '../../../src/drivers/driver.js';
import { type GroupRecord } from '../../../src/drivers/local/group-record.js';
import { findTool } from '../../../src/drivers/local/host-tools.js';
import { createLocalDriver } from '../../../src/drivers/local/local.driver.js';
import { LocalPaths } from '../../../src/drivers/local/local-paths.js';
import { LOG_LIMIT_BYTES } from '../../../src/drivers/local/member-log.js';
import { isAlive, lookUp, signalProcess } from '../../../src/drivers/local/process-identity.js';
import { scanForMarked } from '../../../src/drivers/local/process-scan.js';
import { type Availability, type DriverBackend, type DriverHarness, type MemberName } from './driver.harness.js';

const BUNDLE = resolve('runtimes/ship/dist');
const PROBE_MS = 30_000;

/** The suite asks nothing of Python but that it runs: the system's own will do. */
const PYTHON = [resolve('.bay/python/bin/python'), '/usr/bin/python3'].find((path) => existsSync(path));

export function localBackend(): DriverBackend {
  return { driver: 'local', availability, open: async () => new LocalHarness(await makeDataDir()) };
}

const makeDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'bay-'));

async function availability(): Promise<Availability> {
  if (!findTool('bwrap')) return { available: false, reason: 'bubblewrap is not installed' };
  if (!PYTHON) return { available: false, reason: 'there is no Python' };
  if (!existsSync(BUNDLE)) return { available: false, reason: 'the agent is not built; npm run build:ship builds it' };
  const harness = new LocalHarness(await makeDataDir());
  const driver = harness.driver('test-availability');
  try {
    await driver.probe(AbortSignal.timeout(PROBE_MS));
    return { available: true };
  } catch (error) {
    return { available: false, reason: String(error) };
  } finally {
    await driver.close();
    await harness.close();
  }
}

export class LocalHarness implements DriverHarness {
  readonly image = 'ship:local';
  readonly missingImage = null;
  readonly facts = { logLimitBytes: () => Promise.resolve(LOG_LIMIT_BYTES) };
  readonly paths: LocalPaths;

  constructor(readonly dataDir: string) {
    this.paths = new LocalPaths(dataDir);
  }

  driver(installationId: string): Driver {
    return createLocalDriver({
      dataDir: this.dataDir,
      installationId,
      python: PYTHON ?? '',
      shipBundleDir: BUNDLE,
    });
  }

  async leftovers(installationId: string): Promise<string[]> {
    const records = readdirSync(this.paths.groups).map((name) => `record ${name}`);
    const runs = readdirSync(join(this.dataDir, 'run')).map((name) => `run directory ${name}`);
    const workspaces = existsSync(this.paths.workspaces) ? await readdir(this.paths.workspaces) : [];
    const processes = scanForMarked(installationId).map(({ process }) => `process ${process.pid}`);
    const cgroups = ['memory', 'cpu', 'pids', '']
      .map((controller) => join('/sys/fs/cgroup', controller, 'bay', installationId))
      .filter((path) => existsSync(path));
    return [...records, ...runs, ...workspaces, ...processes, ...cgroups];
  }

  record(sessionId: string): GroupRecord {
    return JSON.parse(readFileSync(this.paths.record(sessionId), 'utf8')) as GroupRecord;
  }

  async kill({ sessionId, member }: MemberName): Promise<void> {
    const processes = this.processes({ sessionId, member });
    if (processes === null) return;
    signalProcess(processes.init, 'SIGKILL');
    while (isAlive(processes.init) || isAlive(processes.agent)) await delay(5);
  }

  async pause(name: MemberName): Promise<void> {
    const processes = this.processes(name);
    if (processes === null) throw new Error('it does not run');
    signalProcess(processes.agent, 'SIGSTOP');
    while (lookUp(processes.agent)?.state !== 'T') await delay(5);
  }

  async removeByHand(name: MemberName): Promise<void> {
    await this.kill(name);
    const index = this.record(name.sessionId).members.findIndex(({ name: member }) => member === name.member);
    for (const path of Object.values(this.paths.member(name.sessionId, index)) as string[]) {
      rmSync(path, { recursive: true, force: true });
    }
  }

  unreachable(): null {
    return null;
  }

  async close(): Promise<void> {
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private processes({ sessionId, member }: MemberName) {
    return this.record(sessionId).members.find(({ name }) => name === member)?.processes ?? null;
  }
}
