import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { type Dialect } from '../../../src/drivers/engine/dialect.js';
import { EngineClient } from '../../../src/drivers/engine/engine-client.js';
import { EngineDriver } from '../../../src/drivers/engine/engine.driver.js';
import { PublishedPortReach } from '../../../src/drivers/engine/published-port.reach.js';
import { RunDirectories } from '../../../src/drivers/engine/run-directory.js';
import { type Driver } from '../../../src/drivers/driver.js';
import { type DriverFactory } from '../../../src/drivers/driver-factory.js';
import { engineAt } from '../../support/ship-archive.js';
import { type DriverHarness, type MemberName } from './driver.harness.js';

export const IMAGE = 'ship:base';

/** Chooses how agents are reached instead of leaving it to the driver. */
export type Form = 'published port';

export interface TestedEngine {
  readonly name: 'docker-host' | 'podman-host';
  readonly address: string;
  readonly dialect: Dialect;
  readonly create: DriverFactory;
  readonly form: Form | undefined;
  /** Most bytes that the engine keeps of what a container writes, as the engine itself says. */
  logLimitBytes(docker: Docker, id: string): Promise<number>;
}

/** A directory for sockets and secrets, as Bay's data directory has it. */
export const makeDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'bay-'));

/** An engine that speaks Docker's API, seen from outside of the driver through the same API. */
export class EngineHarness implements DriverHarness {
  readonly image = IMAGE;
  readonly missingImage = 'bay-contract/absent:none';
  private readonly docker: Docker;

  constructor(
    private readonly engine: TestedEngine,
    private readonly dataDir: string,
  ) {
    this.docker = engineAt(engine.address);
  }

  readonly facts = {
    logLimitBytes: async (member: MemberName): Promise<number | null> => {
      const { id } = await this.container(member);
      return this.engine.logLimitBytes(this.docker, id);
    },
  };

  driver(installationId: string): Driver {
    return this.make(installationId, this.engine.address);
  }

  unreachable(): Driver {
    return this.make('test-unreachable', `unix://${this.dataDir}/nothing-listens-here.sock`);
  }

  async leftovers(installationId: string): Promise<string[]> {
    const label = `bay.installation=${installationId}`;
    const filters = { label: [label] };
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
    if (this.engine.form === 'published port') return this.portDriver(installationId, address);
    const { name, create } = this.engine;
    const config = { name, dockerHost: address, podmanHost: address, localPython: '', shipBundleDir: '' };
    return create({ config, dataDir: this.dataDir, installationId });
  }

  private portDriver(installationId: string, address: string): Driver {
    const { name, dialect } = this.engine;
    return new EngineDriver({
      name,
      engine: new EngineClient(address, dialect.program),
      dialect,
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
