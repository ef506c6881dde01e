import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SOCKET_NAME } from '@bay/protocol';
import { type GroupSpec, type MemberSpec } from '../../src/drivers/driver.js';
import { Cgroups } from '../../src/drivers/local/cgroups.js';
import { type GroupRecord } from '../../src/drivers/local/group-record.js';
import { prepareGroup } from '../../src/drivers/local/group-start.js';
import { KnownHost } from '../../src/drivers/local/known-host.js';
import { LocalPaths } from '../../src/drivers/local/local-paths.js';
import { launchMember, type LaunchGround } from '../../src/drivers/local/member-launch.js';
import { readBootId, signalProcess } from '../../src/drivers/local/process-identity.js';
import { LocalWorkspaces } from '../../src/drivers/local/workspaces.js';
import { LOCAL_PYTHON, SHIP_BUNDLE_DIR } from '../support/engines.js';
import { firstCell, Floor, MEMBER, type Prepared } from './floor.js';

const PATIENCE_MS = 60_000;

/** One bubblewrap with the driver's own arguments; nothing waits for the sandbox's network, and nothing is written down. */
export class LocalFloor extends Floor {
  readonly what = 'bubblewrap, agent and first cell by hand';

  private constructor(
    private readonly root: string,
    private readonly installationId: string,
    private readonly ground: LaunchGround,
    private readonly host: KnownHost,
  ) {
    super();
  }

  static async open(): Promise<LocalFloor> {
    const root = mkdtempSync(join(tmpdir(), 'bay-'));
    const installationId = `bench-${randomUUID()}`;
    const paths = new LocalPaths(root);
    const known = new KnownHost({ python: LOCAL_PYTHON, shipBundleDir: SHIP_BUNDLE_DIR }, paths);
    const host = await known.get(AbortSignal.timeout(PATIENCE_MS));
    return new LocalFloor(root, installationId, { host, paths, cgroups: Cgroups.detect(installationId) }, known);
  }

  protected async prepare(): Promise<Prepared> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const spec = await this.spec(signal);
    const { sessionId } = spec.labels;
    await prepareGroup(this.ground.paths, spec);
    let launched: ReturnType<typeof launchMember> | null = null;
    return {
      start: async () => {
        launched = launchMember(this.ground, this.record(spec), 0, signal);
        const path = join(this.ground.paths.member(sessionId, 0).runDir, SOCKET_NAME);
        const cell = firstCell({ kind: 'unix', path }, spec);
        // Ends at once when the launch fails.
        await Promise.race([cell, launched.then(() => cell)]);
      },
      remove: async () => {
        const processes = await launched;
        if (processes) signalProcess(processes.init, 'SIGKILL');
        await this.ground.cgroups.remove(sessionId, AbortSignal.timeout(PATIENCE_MS));
      },
    };
  }

  async close(): Promise<void> {
    await this.host.close();
    this.ground.cgroups.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  private async spec(signal: AbortSignal): Promise<GroupSpec> {
    const id = randomUUID();
    const workspaces = new LocalWorkspaces(this.ground.paths, this.installationId, () => false);
    return {
      labels: { sandboxId: `bench-${id}`, sessionId: id, workspaceId: id, profileId: 'bench' },
      volume: await workspaces.ensure({ workspaceId: id, sizeLimitMb: null }, signal),
      egress: 'open',
      members: [{ ...MEMBER, image: '', secret: randomBytes(32).toString('hex') }],
    };
  }

  private record({ labels, volume, egress, members }: GroupSpec): GroupRecord {
    const { name, env, resources } = members[0] as MemberSpec;
    return {
      version: 1,
      installationId: this.installationId,
      ...{ labels, volume, egress, bootId: readBootId(), createdAtMs: 0 },
      phase: 'starting',
      members: [{ name, env, resources, processes: null }],
    };
  }
}
