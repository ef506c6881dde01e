import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findTool } from '../../src/drivers/local/host-tools.js';
import { engineAt } from './ship-archive.js';

const run = promisify(execFile);

/** Far above a start on a loaded machine, ms. */
const ANSWERS_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 20_000;
const POLL_MS = 50;

const isRoot = process.getuid?.() === 0;

/** Why no Podman can be started here; null when one can. */
export async function podmanAbsence(): Promise<string | null> {
  const tools = ['podman', 'slirp4netns', 'setpriv', ...(isRoot ? ['unshare'] : ['newuidmap'])];
  const missing = tools.filter((tool) => !findTool(tool));
  if (missing.length > 0) return `${missing.join(' and ')} cannot be found`;
  if (isRoot) return null;
  const { username } = userInfo();
  const hasRange = ['/etc/subuid', '/etc/subgid'].every((file) => hasLineOf(file, username));
  return hasRange ? null : `${username} has no range of its own in /etc/subuid and /etc/subgid`;
}

const hasLineOf = (file: string, user: string): boolean =>
  existsSync(file) &&
  readFileSync(file, 'utf8')
    .split('\n')
    .some((line) => line.startsWith(`${user}:`));

/**
 * A Podman that belongs to one suite: its service, socket, storage, settings, locks and working directory lie in one
 * temporary directory, and it is unaware of what this machine's own Podman has. Rootful for root, else rootless.
 *
 * As root it also has a mount namespace of its own: then its mounts end with it, and programs that set up network
 * namespaces beside it (`ip netns` mounts over /run/netns) cannot take those of its containers away.
 */
export class PodmanService {
  readonly address: string;
  private process: ChildProcess | null = null;

  private constructor(private readonly directory: string) {
    this.address = `unix://${directory}/api.sock`;
  }

  static async start(): Promise<PodmanService> {
    const service = new PodmanService(await mkdtemp(join(tmpdir(), 'bay-podman-')));
    try {
      await service.launch();
      return service;
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  /** Removes its containers, ends it, and deletes all that it had. */
  async stop(): Promise<void> {
    try {
      if (this.isRunning()) await this.removeContainers();
    } finally {
      await this.end();
      await this.removeFiles();
    }
  }

  private async launch(): Promise<void> {
    for (const name of ['cwd', 'net', 'run']) mkdirSync(join(this.directory, name), { mode: 0o700 });
    writeFileSync(join(this.directory, 'containers.conf'), settings(this.directory));
    const log = openSync(this.logFile, 'w');
    // Should this process be killed, the kernel ends the service.
    const [program, ...args] = ['setpriv', '--pdeathsig', 'TERM', ...(isRoot ? HIDDEN : []), 'podman'];
    this.process = spawn(program!, [...args, ...this.places, 'system', 'service', '--time=0', this.address], {
      // conmon leaves a file where it runs when a container ran out of memory.
      cwd: join(this.directory, 'cwd'),
      env: this.env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await this.untilItAnswers();
  }

  private async untilItAnswers(): Promise<void> {
    const docker = engineAt(this.address);
    for (const end = Date.now() + ANSWERS_WITHIN_MS; Date.now() < end; await delay(POLL_MS)) {
      if (!this.isRunning()) break;
      if (
        await docker.ping().then(
          () => true,
          () => false,
        )
      )
        return;
    }
    throw new Error(`Podman does not answer.\n${readFileSync(this.logFile, 'utf8').slice(-2000)}`);
  }

  private isRunning(): boolean {
    return this.process !== null && this.process.exitCode === null && this.process.signalCode === null;
  }

  private async removeContainers(): Promise<void> {
    const docker = engineAt(this.address);
    for (const { Id } of await docker.listContainers({ all: true })) {
      await docker.getContainer(Id).remove({ force: true, v: true });
    }
  }

  private async end(): Promise<void> {
    const child = this.process;
    if (!child || !this.isRunning()) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
    await ended;
    clearTimeout(force);
  }

  /** Without root a part of it belongs to other uids of the user's range: only Podman gets there. */
  private async removeFiles(): Promise<void> {
    if (!isRoot) {
      const storage = ['root', 'runroot'].map((name) => join(this.directory, name));
      await run('podman', [...this.places, 'unshare', 'rm', '-rf', ...storage], { cwd: '/', env: this.env });
      this.endPauseProcess();
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Keeps the user namespace of a rootless Podman between its commands. */
  private endPauseProcess(): void {
    const file = join(this.directory, 'run', 'libpod', 'tmp', 'pause.pid');
    if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  }

  private get logFile(): string {
    return join(this.directory, 'service.log');
  }

  private get places(): string[] {
    const place = (name: string): string => join(this.directory, name);
    return ['--root', place('root'), '--runroot', place('runroot'), '--tmpdir', place('tmp')];
  }

  private get env(): NodeJS.ProcessEnv {
    return {
      HOME: homedir(),
      // Where Debian keeps what Podman calls; the PATH of an ordinary user lacks a part of it.
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      CONTAINERS_CONF: join(this.directory, 'containers.conf'),
      XDG_RUNTIME_DIR: join(this.directory, 'run'),
    };
  }
}

/** Starts what follows in a mount namespace of its own, without what other programs keep at the same places. */
const HIDDEN = [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-ec'],
  'for place in /run/netns /var/lib/cni; do mkdir -p $place; mount -t tmpfs tmpfs $place; done; exec "$@"',
  'sh',
];

/**
 * cgroupfs and runc work without systemd and with any generation of cgroups. Locks in files: those in shared memory are the
 * same for every Podman of a user. Limits are named since Podman's own may be above what this user can give.
 */
function settings(directory: string): string {
  return `[engine]
${findTool('runc') ? 'runtime = "runc"' : ''}
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
[network]
network_config_dir = "${directory}/net"
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
`;
}
