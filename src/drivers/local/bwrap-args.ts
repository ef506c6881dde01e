import { RUN_DIR, SECRET_NAME, SOCKET_NAME, WORKSPACE_DIR } from '@bay/protocol';
import { NODE_PATH, SHIP_DIR, type LayoutEntry } from './sandbox-layout.js';
import { SANDBOX_UID, SANDBOX_USER } from './sandbox-user.js';

/** What this machine and its bwrap can do. */
export interface SandboxHost {
  /**
   * Path of `setpriv` where Bay runs as root: bwrap mounts as root, and this makes the agent uid 1000 without any
   * privilege. Null otherwise: bwrap makes a user namespace in which Bay's own user is uid 1000.
   */
  readonly setpriv: string | null;
  readonly bwrapVersion: BwrapVersion;
  readonly prlimit: string | null;
  /** Limits processes by their number in the sandbox's own user namespace: Linux 5.14 counts there. */
  readonly limitsProcesses: boolean;
  readonly layout: readonly LayoutEntry[];
  readonly python: string;
  readonly pythonBin: string;
  /** File name in the bundle's directory. */
  readonly shipEntry: string;
}

/** Major and minor. */
export type BwrapVersion = readonly [number, number];

/** The oldest that knows `--perms`. */
export const OLDEST_BWRAP: BwrapVersion = [0, 5];

export interface SandboxSpec {
  readonly hostname: string;
  readonly env: Readonly<Record<string, string>>;
  readonly runDir: string;
  readonly filesDir: string;
  readonly hostsFile: string;
  readonly resolvFile: string;
  /** Place in the sandbox where programs look for their limits → host directory. */
  readonly cgroups: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  readonly pids: number;
}

const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin', '/opt/node/bin'];

const MIB = 1024 * 1024;
/** Files in /tmp and /dev/shm lie in memory. */
const SMALLEST_TMPFS = 64 * MIB;
const RUN_TMPFS = 16 * MIB;

/**
 * bwrap's options. They are handed over in a file, since arguments are public on the host. What separates comes first,
 * what shows something comes last: cut off anywhere, the list is still safe.
 */
export const bwrapOptions = (host: SandboxHost, spec: SandboxSpec): string[] => [
  ...namespaces(host, spec.hostname),
  ...privileges(host),
  ...environment(host, spec),
  ...fileSystem(host, spec),
];

const namespaces = (host: SandboxHost, hostname: string): string[] => [
  ...(host.setpriv ? [] : ['--unshare-user', '--uid', String(SANDBOX_UID), '--gid', String(SANDBOX_UID)]),
  ...(!host.setpriv && isAtLeast(host.bwrapVersion, [0, 8]) ? ['--disable-userns'] : []),
  ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try'],
  ...['--hostname', hostname, '--new-session'],
];

const privileges = (host: SandboxHost): string[] => [
  ...['--cap-drop', 'ALL'],
  // For setpriv, which gives them up together with root.
  ...(host.setpriv ? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name]) : []),
];

const environment = (host: SandboxHost, { env }: SandboxSpec): string[] => [
  '--clearenv',
  ...Object.entries({
    LANG: 'C.UTF-8',
    ...env,
    HOME: WORKSPACE_DIR,
    USER: SANDBOX_USER,
    LOGNAME: SANDBOX_USER,
    SHELL: '/bin/bash',
    PATH: [...new Set([host.pythonBin, ...SYSTEM_PATH])].join(':'),
    BAY_LISTEN: `unix:${RUN_DIR}/${SOCKET_NAME}`,
    BAY_SECRET_FILE: `${RUN_DIR}/${SECRET_NAME}`,
    BAY_PYTHON: host.python,
    BAY_WORKSPACE_PATH: WORKSPACE_DIR,
  }).flatMap(([name, value]) => ['--setenv', name, value]),
];

const fileSystem = (host: SandboxHost, spec: SandboxSpec): string[] => {
  const shown: LayoutEntry[] = [
    ...host.layout,
    { kind: 'bind', source: spec.hostsFile, target: '/etc/hosts' },
    { kind: 'bind', source: spec.resolvFile, target: '/etc/resolv.conf' },
    ...Object.entries(spec.cgroups).map(([target, source]) => ({ kind: 'bind' as const, source, target })),
  ];
  return [
    ...['--proc', '/proc', '--dev', '/dev'],
    ...tmpfs(host, '/dev/shm', '1777', tmpfsBytes(spec)),
    ...tmpfs(host, '/tmp', '1777', tmpfsBytes(spec)),
    ...tmpfs(host, '/run', '0755', RUN_TMPFS),
    // bwrap by itself makes the directories above a file unreadable for others.
    ...directoriesAbove(shown).flatMap((path) => ['--dir', path]),
    ...shown.flatMap(showOption),
    ...['--bind', spec.runDir, RUN_DIR, '--bind', spec.filesDir, WORKSPACE_DIR],
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', WORKSPACE_DIR],
  ];
};

const directoriesAbove = (entries: readonly LayoutEntry[]): string[] => {
  const above = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'link') continue;
    const parts = entry.target.split('/').slice(1, -1);
    parts.forEach((_, index) => above.add(`/${parts.slice(0, index + 1).join('/')}`));
  }
  return [...above].sort();
};

const showOption = (entry: LayoutEntry): string[] =>
  entry.kind === 'link' ? ['--symlink', entry.target, entry.path] : ['--ro-bind', entry.source, entry.target];

const tmpfs = (host: SandboxHost, path: string, mode: string, bytes: number): string[] => [
  ...['--perms', mode],
  ...(isAtLeast(host.bwrapVersion, [0, 7]) ? ['--size', String(bytes)] : []),
  ...['--tmpfs', path],
];

const tmpfsBytes = ({ memoryBytes }: SandboxSpec): number => Math.max(SMALLEST_TMPFS, Math.floor(memoryBytes / 2));

export const isAtLeast = ([major, minor]: BwrapVersion, [wantedMajor, wantedMinor]: BwrapVersion): boolean =>
  major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);

/** What bwrap runs as the sandbox's second process: the agent, behind what takes away the last privileges. */
export const agentCommand = (host: SandboxHost, spec: Pick<SandboxSpec, 'pids'>): string[] =>
  payload(host, spec, [NODE_PATH, `${SHIP_DIR}/${host.shipEntry}`]);

export const payload = (
  host: SandboxHost,
  { pids }: Pick<SandboxSpec, 'pids'>,
  command: readonly string[],
): string[] => [
  ...(host.prlimit ? [host.prlimit, '--core=0', ...(host.limitsProcesses ? [`--nproc=${pids}`] : []), '--'] : []),
  ...(host.setpriv ? dropPrivileges(host.setpriv) : []),
  ...command,
];

const dropPrivileges = (setpriv: string): string[] => [
  setpriv,
  ...['--reuid', String(SANDBOX_UID), '--regid', String(SANDBOX_UID), '--clear-groups'],
  ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'],
];
