import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { RUN_DIR, SOCKET_NAME } from '@bay/protocol';
import { type GroupSpec, type MemberSpec } from '../../src/drivers/driver.js';
import { containerOptions } from '../../src/drivers/engine/container-options.js';
import { dockerDialect } from '../../src/drivers/engine/docker.dialect.js';
import { RunDirectories } from '../../src/drivers/engine/run-directory.js';
import { SharedDirectoryReach } from '../../src/drivers/engine/shared-directory.reach.js';
import { openDocker } from '../support/left-behind.js';
import { IMAGE } from './bay.js';
import { firstCell, Floor, MEMBER, type Prepared } from './floor.js';

/** Containers made and started on the engine's API with the driver's own options. */
export class DockerFloor extends Floor {
  readonly what = 'create, start, agent and first cell by hand';
  private readonly installationId = `bench-${randomUUID()}`;
  private readonly root = mkdtempSync(join(tmpdir(), 'bay-'));
  private readonly directories = new RunDirectories(this.root, this.installationId);
  private readonly reach = new SharedDirectoryReach(this.directories, {
    ownedByAgent: process.getuid?.() === 0,
    relabel: false,
  });
  private readonly docker = openDocker();

  private network: Docker.Network | null = null;

  static async open(): Promise<DockerFloor> {
    const floor = new DockerFloor();
    floor.network = await floor.docker.createNetwork({
      Name: `bay-bench-${floor.installationId}`,
      Driver: 'bridge',
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    });
    return floor;
  }

  protected async prepare(): Promise<Prepared> {
    const spec = this.spec();
    const member = spec.members[0] as MemberSpec;
    const reach = await this.reach.prepare({ labels: spec.labels, index: 0, member });
    const { installationId } = this;
    const network = this.network?.id ?? 'none';
    const options = containerOptions({
      installationId,
      spec,
      member,
      network,
      reach,
      dialect: dockerDialect,
      ulimits: [],
    });
    let container: Docker.Container | null = null;
    return {
      start: async () => {
        container = await this.docker.createContainer(options);
        await container.start();
        await firstCell({ kind: 'unix', path: await this.socketOf(container) }, spec);
      },
      remove: async () => {
        await container?.remove({ force: true, v: true });
        await this.docker.getVolume(spec.volume).remove({ force: true });
        await this.directories.remove(spec.labels.sessionId);
      },
    };
  }

  async close(): Promise<void> {
    await this.network?.remove();
    rmSync(this.root, { recursive: true, force: true });
  }

  private async socketOf(container: Docker.Container): Promise<string> {
    const { Mounts } = await container.inspect();
    const source = Mounts.find(({ Destination }) => Destination === RUN_DIR)?.Source;
    return `${source}/${SOCKET_NAME}`;
  }

  private spec(): GroupSpec {
    const id = randomUUID();
    return {
      labels: { sandboxId: `bench-${id}`, sessionId: id, workspaceId: id, profileId: 'bench' },
      volume: `bay-bench-${id}`,
      egress: 'open',
      members: [{ ...MEMBER, image: IMAGE, secret: randomBytes(32).toString('hex') }],
    };
  }
}
