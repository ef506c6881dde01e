import { type EngineInfo } from './engine-client.js';
import { UserModeNetworks } from './user-mode-networks.js';

const info = (ServerVersion: string, SecurityOptions: string[] = []): EngineInfo => ({
  ServerVersion,
  OperatingSystem: 'debian',
  CgroupVersion: '2',
  DockerRootDir: '',
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
  SecurityOptions,
});

describe('UserModeNetworks', () => {
  it.each([
    ['4.3.1', ['name=rootless'], 'slirp4netns'],
    ['4.3.1', [], 'slirp4netns'],
    ['5.4.2', ['name=rootless'], 'pasta'],
    ['5.4.2', [], 'slirp4netns'],
    ['unknown', ['name=rootless'], 'slirp4netns'],
  ])('of Podman %s with %j is %s', async (version, options, mode) => {
    expect(await new UserModeNetworks().ensure(info(version, options))).toBe(mode);
  });
});
