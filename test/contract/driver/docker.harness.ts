import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { createDockerHost } from '../../../src/drivers/engine/docker-host.js';
import { dockerDialect } from '../../../src/drivers/engine/docker.dialect.js';
import { EngineClient } from '../../../src/drivers/engine/engine-client.js';
import { EngineDriver } from '../../../src/drivers/engine/engine.driver.js';
import { PublishedPortReach } from '../../../src/drivers/engine/published-port.reach.js';
import { RunDirectories } from '../../../src/drivers/engine/run-directory.js';
import { type Driver } from '../../../src/drivers/driver.js';
import { DOCKER_HOST as ADDRESS, dockerAbsence } from '../../support/engines.js';
import { type Availability, type DriverBackend, type DriverHarness, type MemberName } from './driver.harness.js';

const IMAGE = 'ship:base';

/** The Docker engine of this machine; `form` chooses how agents are reached instead of leaving it to the driver. */
export function dockerBackend(form?: 'published port'): DriverBackend {
  return {
    driver: 'docker-host',
    ...(form && { form }),
    availability,
    open: async () => new DockerHarness(await mkdtemp(join(tmpdir(), 'bay-')), form === 'published port'),
  };
}

async function availability(): Promise<Availability> {
  const reason = await dockerAbsence(IMAGE);
  return reason === null ? { available: true } : { available: false, reason };
}

class DockerHarness implements DriverHarness {
  readonly image = IMAGE;
  readonly missingImage = 'bay-contract/absent:none';
  private readonly docker = new Docker(
    ADDRESS.startsWith('unix://') ? { socketPath: ADDRESS.slice('unix://'.length) } : undefined,
  );

  constructor(
    private readonly dataDir: string,
    private readonly byPort: boolean,
  ) {}

  readonly facts = {
    logLimitBytes: async (member: MemberName): Promise<number | null> => {
      const { HostConfig } = await (await this.container(member)).inspect();
      const { 'max-size': size, 'max-file': files } = HostConfig.LogConfig?.Config as Record<string, string>;
      return Number.parseInt(size ?? 'NaN', 10) * 1024 * 1024 * Number(files);
    },
  };

  driver(installationId: string): Driver {
    return this.make(installationId, ADDRESS);
  }

  unreachable(): Driver {
    return this.make('test-unreachable', `unix://${this.dataDir}/nothing-listens-here.sock`);
  }

  async leftovers(installationId: string): Promise<string[]> {
    const filters = { label: [`bay.installation=${installationId}`] };
    const containers = await this.docker.listContainers({ all: true, filters });
    const { Volumes } = await this.docker.listVolumes({ filters });
    const networks = await this.docker.listNetworks({ filters });
    const files = await readdir(join(this.dataDir, 'run')).catch(() => []);
    return [
      ...containers.map(({ Names }) => `container ${Names.join(' ')}`),
      ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...files.map((name) => `file ${name}`),
    ];
  }

  async kill(member: MemberName): Promise<void> {
    const container = await this.container(member);
    const ended = container.wait();
    await container.kill();
    await ended;
  }

  async pause(member: MemberName): Promise<void> {
    await (await this.container(member)).pause();
  }

  async removeByHand(member: MemberName): Promise<void> {
    await (await this.container(member)).remove({ force: true });
  }

  async close(): Promise<void> {
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private make(installationId: string, address: string): Driver {
    if (this.byPort) return this.portDriver(installationId, address);
    const config = { name: 'docker-host' as const, dockerHost: address, localPython: '', shipBundleDir: '' };
    return createDockerHost({ config, dataDir: this.dataDir, installationId });
  }

  private portDriver(installationId: string, address: string): Driver {
    return new EngineDriver({
      name: 'docker-host',
      engine: new EngineClient(address),
      dialect: dockerDialect,
      directories: new RunDirectories(join(this.dataDir, 'run'), installationId),
      installationId,
      reachFor: () => new PublishedPortReach(),
    });
  }

  private async container({ sessionId, member }: MemberName): Promise<Docker.Container> {
    const filters = { label: [`bay.session_id=${sessionId}`, `bay.container_name=${member}`] };
    const [found] = await this.docker.listContainers({ all: true, filters });
    if (!found) throw new Error(`no container of ${sessionId} ${member}`);
    return this.docker.getContainer(found.Id);
  }
}
