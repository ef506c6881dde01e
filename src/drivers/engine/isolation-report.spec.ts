import { type EngineInfo } from './engine-client.js';
import { isolationReport } from './isolation-report.js';
import { PublishedPortReach } from './published-port.reach.js';

const info = (CgroupVersion: string, rootless: boolean): EngineInfo => ({
  ServerVersion: '4.3.1',
  OperatingSystem: 'debian',
  CgroupVersion,
  DockerRootDir: '',
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
  SecurityOptions: rootless ? ['name=rootless'] : [],
});

describe('isolationReport', () => {
  it.each([
    ['1', true, false],
    ['1', false, true],
    ['2', true, true],
    ['2', false, true],
  ])('cgroup v%s, rootless %s: limits in force is %s, whatever the engine says', (version, rootless, expected) => {
    const report = isolationReport(info(version, rootless), new PublishedPortReach());
    for (const control of ['memory', 'cpu', 'pids'] as const) expect(report[control].enforced).toBe(expected);
  });
});
