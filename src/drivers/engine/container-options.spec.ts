import { type GroupSpec, type MemberSpec } from '../driver.js';
import { containerOptions } from './container-options.js';
import { dockerDialect } from './docker.dialect.js';
import { type EngineInfo } from './engine-client.js';
import { podmanDialect } from './podman.dialect.js';
import { type ReachOptions } from './reach.js';

const member: MemberSpec = {
  name: 'ship',
  image: 'ship:base',
  runtime: 'ship',
  env: { A: '1', BAY_LISTEN: 'tcp:1' },
  port: 8123,
  secret: 'the-secret',
  resources: { cpus: 0.5, memoryBytes: 1024, pids: 64 },
};
const spec: GroupSpec = {
  labels: { sandboxId: 'sandbox-1', sessionId: 's1', workspaceId: 'ws-1', profileId: 'p1' },
  volume: 'bay-cargo-ws-1',
  members: [member],
  egress: 'open',
};
const reach: ReachOptions = {
  listen: 'unix:/run/bay/agent.sock',
  container: {},
  host: { Mounts: [{ Type: 'bind', Source: '/data/run/x/0', Target: '/run/bay' }] },
};
const options = (changes: Partial<GroupSpec> = {}, dialect = dockerDialect, info = rootful) =>
  containerOptions({
    installationId: 'i1',
    spec: { ...spec, ...changes },
    member,
    network: 'net1',
    reach,
    dialect,
    ulimits: dialect.ulimits(info),
  });

const rootful: EngineInfo = {
  ServerVersion: '4.3.1',
  OperatingSystem: 'debian',
  CgroupVersion: '2',
  DockerRootDir: '/var/lib/containers/storage',
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
  SecurityOptions: ['name=seccomp,profile=default'],
};
const rootless: EngineInfo = { ...rootful, SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] };

describe('containerOptions', () => {
  it('names the only member after the session, and each of several after itself as well', () => {
    expect(options().name).toBe('bay-session-s1');
    expect(options({ members: [member, { ...member, name: 'browser' }] }).name).toBe('bay-s1-ship');
    expect(options().Hostname).toBe('ship');
  });

  it('numbers members where there are several: engines list in no certain order', () => {
    expect(options().Labels).not.toHaveProperty('bay.container_index');
    expect(options({ members: [{ ...member, name: 'first' }, member] }).Labels).toMatchObject({
      'bay.container_index': '1',
    });
  });

  it('labels it so that it is found again without Bay’s database', () => {
    expect(options().Labels).toEqual({
      'bay.managed': 'true',
      'bay.installation': 'i1',
      'bay.sandbox_id': 'sandbox-1',
      'bay.session_id': 's1',
      'bay.cargo_id': 'ws-1',
      'bay.profile_id': 'p1',
      'bay.container_name': 'ship',
      'bay.runtime_type': 'ship',
      'bay.runtime_port': '8123',
    });
  });

  it('takes every right that code in it could turn against the host', () => {
    expect(options()).toMatchObject({
      User: '1000:1000',
      HostConfig: {
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        Privileged: false,
        IpcMode: 'private',
        RestartPolicy: { Name: 'no' },
        NetworkMode: 'net1',
      },
    });
  });

  it('limits memory without swap, processor, processes, open files and the log', () => {
    expect(options().HostConfig).toMatchObject({
      Memory: 1024,
      MemorySwap: 1024,
      NanoCpus: 500_000_000,
      PidsLimit: 64,
      Ulimits: expect.arrayContaining([{ Name: 'nofile', Soft: 16_384, Hard: 16_384 }]),
      ShmSize: 64 * 1024 * 1024,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    });
  });

  it('mounts the workspace and what the reach needs, and nothing else', () => {
    const mounts = options().HostConfig?.Mounts?.map(({ Type, Source, Target }) => ({ Type, Source, Target }));
    expect(mounts).toEqual([
      { Type: 'bind', Source: '/data/run/x/0', Target: '/run/bay' },
      { Type: 'volume', Source: 'bay-cargo-ws-1', Target: '/workspace' },
    ]);
  });

  it('tells the agent where to listen, whatever the profile’s environment says, and keeps the secret out of it', () => {
    expect(options().Env).toEqual([
      'A=1',
      'BAY_LISTEN=unix:/run/bay/agent.sock',
      'BAY_SECRET_FILE=/run/bay/secret',
      'BAY_WORKSPACE_PATH=/workspace',
    ]);
    expect(JSON.stringify(options())).not.toContain('the-secret');
  });

  it('names the number of processes to a rootful Podman, which else asks for more than root may have to give', () => {
    const named = (info: EngineInfo) => options({}, podmanDialect, info).HostConfig?.Ulimits?.map(({ Name }) => Name);
    expect(named(rootful)).toEqual(['nofile', 'core', 'nproc']);
    expect(named(rootless)).toEqual(['nofile', 'core']);
  });
});
