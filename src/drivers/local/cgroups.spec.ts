import { parseHierarchies } from './cgroups.js';

const line = (mount: string, type: string, options: string): string =>
  `32 31 0:29 / ${mount} rw,relatime shared:9 - ${type} ${type} rw,${options}`;

describe('cgroup hierarchies', () => {
  it('are one for each controller in version 1, empty ones left out', () => {
    const mountinfo = [
      line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
      line('/sys/fs/cgroup/memory', 'cgroup', 'memory'),
      line('/sys/fs/cgroup/systemd', 'cgroup', 'name=systemd'),
      line('/sys/fs/cgroup/unified', 'cgroup2', ''),
      line('/proc', 'proc', ''),
      '',
    ].join('\n');
    expect(parseHierarchies(mountinfo, () => 'hugetlb\n')).toEqual([
      { version: 1, mount: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu'] },
      { version: 1, mount: '/sys/fs/cgroup/memory', controllers: ['memory'] },
    ]);
  });

  it('are one for all in version 2', () => {
    expect(
      parseHierarchies(line('/sys/fs/cgroup', 'cgroup2', 'nsdelegate'), () => 'cpuset cpu io memory pids\n'),
    ).toEqual([{ version: 2, mount: '/sys/fs/cgroup', controllers: ['memory', 'cpu', 'pids'] }]);
  });
});
