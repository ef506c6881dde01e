import { agentCommand, bwrapOptions, type SandboxHost, type SandboxSpec } from './bwrap-args.js';

const user: SandboxHost = {
  setpriv: null,
  bwrapVersion: [0, 8],
  prlimit: '/usr/bin/prlimit',
  limitsProcesses: true,
  layout: [
    { kind: 'bind', source: '/usr', target: '/usr' },
    { kind: 'link', target: 'usr/bin', path: '/bin' },
    { kind: 'bind', source: '/host/node', target: '/opt/node/bin/node' },
  ],
  python: '/data/python/bin/python',
  pythonBin: '/data/python/bin',
  shipEntry: 'ship.cjs',
};
const root: SandboxHost = { ...user, setpriv: '/usr/bin/setpriv', limitsProcesses: false };
const spec: SandboxSpec = {
  hostname: 'ship',
  env: { GREETING: 'a b\n', HOME: '/tmp', BAY_SECRET_FILE: '/etc/passwd', LD_PRELOAD: 'x.so' },
  runDir: '/data/run/1/0',
  filesDir: '/data/local/workspaces/ws-1/files',
  hostsFile: '/data/run/1/0.hosts',
  resolvFile: '/data/local/etc/resolv.none',
  cgroups: { '/sys/fs/cgroup/memory': '/sys/fs/cgroup/memory/bay/i/s/0' },
  memoryBytes: 1024 * 1024 * 1024,
  pids: 100,
};

/** Does `options` hold these, one behind the other? */
const holds = (options: readonly string[], ...wanted: string[]): boolean =>
  options.some((_, start) => wanted.every((word, index) => options[start + index] === word));

describe("bwrap's options", () => {
  describe.each([
    ['an ordinary user', user],
    ['root', root],
  ])('for %s', (_, host) => {
    const options = bwrapOptions(host, spec);

    it.each(['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--new-session', '--clearenv'])(
      'hold %s',
      (option) => {
        expect(options).toContain(option);
      },
    );

    it('never let the sandbox end with Bay, and never share a network', () => {
      expect(options).not.toContain('--die-with-parent');
      expect(options).not.toContain('--share-net');
    });

    it('drop all capabilities', () => {
      expect(holds(options, '--cap-drop', 'ALL')).toBe(true);
    });

    it('make only the workspace, the run directory and memory writable', () => {
      const writable = options.flatMap((option, index) => (option === '--bind' ? [options[index + 2]] : []));
      expect(writable).toEqual(['/run/bay', '/workspace']);
      expect(holds(options, '--remount-ro', '/')).toBe(true);
      expect(holds(options, '--remount-ro', '/dev')).toBe(true);
    });

    it('separate before they show anything', () => {
      expect(options.indexOf('--unshare-net')).toBeLessThan(options.indexOf('--ro-bind'));
      expect(options.indexOf('--clearenv')).toBeLessThan(options.indexOf('--ro-bind'));
    });

    it("hand the member's variables over, Bay's own last", () => {
      expect(holds(options, '--setenv', 'GREETING', 'a b\n')).toBe(true);
      expect(holds(options, '--setenv', 'HOME', '/workspace')).toBe(true);
      expect(holds(options, '--setenv', 'BAY_SECRET_FILE', '/run/bay/secret')).toBe(true);
      expect(holds(options, '--setenv', 'HOME', '/tmp')).toBe(false);
    });

    it('put the environment of Python first on PATH', () => {
      const path = options[options.indexOf('PATH') + 1];
      expect(path?.split(':')[0]).toBe('/data/python/bin');
    });

    it('limit what lies in memory', () => {
      expect(holds(options, '--perms', '1777', '--size', String(512 * 1024 * 1024), '--tmpfs', '/tmp')).toBe(true);
      expect(holds(options, '--perms', '1777', '--size', String(512 * 1024 * 1024), '--tmpfs', '/dev/shm')).toBe(true);
    });

    it('make the directories above a file first, since bwrap would close them', () => {
      expect(options.indexOf('/opt/node/bin')).toBeLessThan(options.indexOf('/opt/node/bin/node'));
      expect(holds(options, '--dir', '/opt/node/bin')).toBe(true);
    });
  });

  it('map an ordinary user to uid 1000 and forbid further user namespaces', () => {
    const options = bwrapOptions(user, spec);
    expect(holds(options, '--unshare-user', '--uid', '1000', '--gid', '1000', '--disable-userns')).toBe(true);
    expect(options).not.toContain('--cap-add');
  });

  it('leave root only what it needs to stop being root', () => {
    const options = bwrapOptions(root, spec);
    expect(options).not.toContain('--unshare-user');
    const added = options.flatMap((option, index) => (option === '--cap-add' ? [options[index + 1]] : []));
    expect(added).toEqual(['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP']);
  });

  it('are those that an older bwrap knows', () => {
    const options = bwrapOptions({ ...user, bwrapVersion: [0, 6] }, spec);
    expect(options).not.toContain('--size');
    expect(options).not.toContain('--disable-userns');
  });
});

describe("the agent's command", () => {
  it('limits an ordinary user by number of processes', () => {
    expect(agentCommand(user, spec).join(' ')).toBe(
      '/usr/bin/prlimit --core=0 --nproc=100 -- /opt/node/bin/node /opt/ship/ship.cjs',
    );
  });

  it('gives up root and every way back', () => {
    expect(agentCommand(root, spec).join(' ')).toBe(
      '/usr/bin/prlimit --core=0 -- /usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all ' +
        '--ambient-caps=-all --bounding-set=-all --no-new-privs -- /opt/node/bin/node /opt/ship/ship.cjs',
    );
  });
});
