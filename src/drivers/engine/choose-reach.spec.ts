import { chooseReach, type Surroundings } from './choose-reach.js';
import { PublishedPortReach } from './published-port.reach.js';
import { RunDirectories } from './run-directory.js';
import { SharedDirectoryReach } from './shared-directory.reach.js';

const info = {
  ServerVersion: '27.3',
  OperatingSystem: 'Debian GNU/Linux 12',
  CgroupVersion: '2',
  DockerRootDir: '/var/lib/docker',
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
  SecurityOptions: ['name=seccomp,profile=default'],
};
const linux: Surroundings = { platform: 'linux', uid: 0, address: 'unix:///var/run/docker.sock', info };
const directories = new RunDirectories('/data/run', 'i1');

describe('chooseReach', () => {
  it('shares a directory where the engine runs on this Linux', () => {
    expect(chooseReach(linux, directories)).toBeInstanceOf(SharedDirectoryReach);
  });

  it.each<[string, Partial<Surroundings>]>([
    ['macOS', { platform: 'darwin' }],
    ['an engine behind an address', { address: 'tcp://127.0.0.1:2375' }],
    ['Docker Desktop on Linux', { info: { ...info, OperatingSystem: 'Docker Desktop' } }],
  ])('takes a port for %s', (_, changes) => {
    expect(chooseReach({ ...linux, ...changes }, directories)).toBeInstanceOf(PublishedPortReach);
  });
});
