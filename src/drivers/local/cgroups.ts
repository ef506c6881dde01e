import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resources } from '../driver.js';
import { readDirectory } from './group-record.js';
import { readProc } from './process-identity.js';
import { waitUntil, type WaitLimits } from './waiting.js';

export type Controller = 'memory' | 'cpu' | 'pids';
export const CONTROLLERS: readonly Controller[] = ['memory', 'cpu', 'pids'];

/** A cgroup file system with the controllers that lie in it: one for each in version 1, one for all in version 2. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mount: string;
  readonly controllers: readonly Controller[];
}

/** Where Bay's groups lie in each hierarchy: `bay/<installation>/<session>/<member>`. */
const TOP = 'bay';
const CPU_PERIOD_US = 100_000;
const GONE_WITHIN_MS = 2_000;

/** From `/proc/self/mountinfo`; `controllersOf` reads what a version 2 mount offers. */
export const parseHierarchies = (mountinfo: string, controllersOf: (mount: string) => string): Hierarchy[] =>
  mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const mount = before.split(' ')[4] ?? '';
    const [type, , options = ''] = after.split(' ');
    const offered = type === 'cgroup2' ? controllersOf(mount).split(/\s+/) : options.split(',');
    const controllers = CONTROLLERS.filter((controller) => offered.includes(controller));
    if ((type !== 'cgroup' && type !== 'cgroup2') || controllers.length === 0) return [];
    return [{ version: type === 'cgroup' ? 1 : 2, mount, controllers }];
  });

/** The kernel's limits of one installation's members. Without a writable hierarchy it limits nothing and says so. */
export class Cgroups {
  private constructor(
    private readonly hierarchies: readonly Hierarchy[],
    private readonly installationId: string,
  ) {}

  /** Tries each hierarchy by making and limiting a group in it. */
  static detect(installationId: string): Cgroups {
    const found = parseHierarchies(
      readProc('/proc/self/mountinfo') ?? '',
      (mount) => readProc(join(mount, 'cgroup.controllers')) ?? '',
    );
    const usable = found.filter((hierarchy) => new Cgroups([hierarchy], installationId).works());
    return new Cgroups(usable, installationId);
  }

  limits(controller: Controller): boolean {
    return this.hierarchies.some(({ controllers }) => controllers.includes(controller));
  }

  get version(): string {
    const [first] = this.hierarchies;
    return first ? `cgroup v${first.version}` : 'no cgroups';
  }

  /** Makes and limits the member's groups. Answers place where programs inside look for it → host directory. */
  make(sessionId: string, index: number, resources: Resources): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const hierarchy of this.hierarchies) {
      const directory = makeDirectories(hierarchy, [this.installationId, sessionId, String(index)]);
      for (const { file, value, ifThere } of limitFiles(hierarchy, resources)) {
        const path = join(directory, file);
        if (!ifThere || existsSync(path)) writeFileSync(path, value);
      }
      const places =
        hierarchy.version === 2 ? ['/sys/fs/cgroup'] : hierarchy.controllers.map((name) => `/sys/fs/cgroup/${name}`);
      for (const place of places) shown[place] = directory;
    }
    return shown;
  }

  /** What the process starts from now on is limited as well. */
  enter(sessionId: string, index: number, pid: number): void {
    for (const { mount } of this.hierarchies) {
      writeFileSync(join(this.session(mount, sessionId), String(index), 'cgroup.procs'), String(pid));
    }
  }

  /** Did the kernel end a process of the member for want of memory? */
  ranOutOfMemory(sessionId: string, index: number): boolean {
    return this.hierarchies
      .filter(({ controllers }) => controllers.includes('memory'))
      .some(({ mount, version }) => {
        const file = version === 1 ? 'memory.oom_control' : 'memory.events';
        const text = readProc(join(this.session(mount, sessionId), String(index), file));
        return Number(/^oom_kill (\d+)$/m.exec(text ?? '')?.[1] ?? 0) > 0;
      });
  }

  /** What the kernel counted of the member; null what it does not count here. */
  usage(sessionId: string, index: number): { readonly memoryBytes: number | null; readonly cpuSec: number | null } {
    const read = (controller: Controller, files: Record<1 | 2, string>): string | null => {
      const hierarchy = this.hierarchies.find(({ controllers }) => controllers.includes(controller));
      if (!hierarchy) return null;
      return readProc(join(this.session(hierarchy.mount, sessionId), String(index), files[hierarchy.version]));
    };
    return usageOf({
      memory: read('memory', { 1: 'memory.usage_in_bytes', 2: 'memory.current' }),
      memoryStat: read('memory', { 1: 'memory.stat', 2: 'memory.stat' }),
      cpu: read('cpu', { 1: 'cpuacct.usage', 2: 'cpu.stat' }),
    });
  }

  /** Waits for the kernel to let go of processes that have just been killed. */
  async remove(sessionId: string, signal: AbortSignal): Promise<void> {
    const limits: WaitLimits = { withinMs: GONE_WITHIN_MS, signal };
    for (const { mount } of this.hierarchies) {
      const session = this.session(mount, sessionId);
      const members = readDirectory(session).filter((name) => /^\d+$/.test(name));
      for (const path of [...members.map((name) => join(session, name)), session]) {
        await waitUntil(() => removeDirectory(path), limits);
      }
    }
  }

  /** The installation's own directories, where nothing is left in them. */
  close(): void {
    for (const { mount } of this.hierarchies) {
      if (removeDirectory(join(mount, TOP, this.installationId))) removeDirectory(join(mount, TOP));
    }
  }

  private session(mount: string, sessionId: string): string {
    return join(mount, TOP, this.installationId, sessionId);
  }

  private works(): boolean {
    const session = `probe-${process.pid}`;
    try {
      this.make(session, 0, { cpus: 1, memoryBytes: 64 * 1024 * 1024, pids: 16 });
      return true;
    } catch (error) {
      // No right to, read-only, or not delegated: there are no limits then, which the report says.
      if ((error as NodeJS.ErrnoException).code !== undefined) return false;
      throw error;
    } finally {
      for (const { mount } of this.hierarchies) {
        removeDirectory(join(this.session(mount, session), '0'));
        removeDirectory(this.session(mount, session));
      }
      this.close();
    }
  }
}

/** From the kernel's files: memory without droppable pages; time in ns (version 1) or µs by name (version 2). */
export const usageOf = (files: Record<'memory' | 'memoryStat' | 'cpu', string | null>) => {
  const { memory, memoryStat, cpu } = files;
  const droppable = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(memoryStat ?? '')?.[1] ?? 0);
  const micros = /^usage_usec (\d+)$/m.exec(cpu ?? '')?.[1];
  const cpuSec = cpu === null ? null : micros === undefined ? Number(cpu) / 1e9 : Number(micros) / 1e6;
  return { memoryBytes: memory === null ? null : Math.max(Number(memory) - droppable, 0), cpuSec };
};

/** Another Bay may remove the empty top between two steps: then once more. */
const makeDirectories = (hierarchy: Hierarchy, below: readonly string[], attempts = 3): string => {
  try {
    return descend(hierarchy, below);
  } catch (error) {
    if (attempts > 1 && (error as NodeJS.ErrnoException).code === 'ENOENT') {
      return makeDirectories(hierarchy, below, attempts - 1);
    }
    throw error;
  }
};

const descend = (hierarchy: Hierarchy, below: readonly string[]): string => {
  let directory = hierarchy.mount;
  for (const name of [TOP, ...below]) {
    if (hierarchy.version === 2) {
      const wanted = hierarchy.controllers.map((controller) => `+${controller}`).join(' ');
      writeFileSync(join(directory, 'cgroup.subtree_control'), wanted);
    }
    directory = join(directory, name);
    mkdirSync(directory, { recursive: true });
  }
  return directory;
};

interface LimitFile {
  readonly file: string;
  readonly value: string;
  /** Not every kernel has it. */
  readonly ifThere?: boolean;
}

const limitFiles = ({ version, controllers }: Hierarchy, { cpus, memoryBytes, pids }: Resources): LimitFile[] => {
  const quota = String(Math.ceil(cpus * CPU_PERIOD_US));
  const memory = String(memoryBytes);
  const files: Record<Controller, LimitFile[]> =
    version === 1
      ? {
          memory: [
            { file: 'memory.limit_in_bytes', value: memory },
            { file: 'memory.memsw.limit_in_bytes', value: memory, ifThere: true },
          ],
          cpu: [
            { file: 'cpu.cfs_period_us', value: String(CPU_PERIOD_US) },
            { file: 'cpu.cfs_quota_us', value: quota },
          ],
          pids: [{ file: 'pids.max', value: String(pids) }],
        }
      : {
          memory: [
            { file: 'memory.max', value: memory },
            { file: 'memory.swap.max', value: '0', ifThere: true },
          ],
          cpu: [{ file: 'cpu.max', value: `${quota} ${CPU_PERIOD_US}` }],
          pids: [{ file: 'pids.max', value: String(pids) }],
        };
  return controllers.flatMap((controller) => files[controller]);
};

/** False while something is in it. */
const removeDirectory = (path: string): boolean => {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY' || code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      return false;
    throw error;
  }
};
