import { randomBytes, randomUUID } from 'node:crypto';
import {
  type Driver,
  type Endpoint,
  type GroupHandle,
  type GroupSpec,
  type MemberSpec,
} from '../../../src/drivers/driver.js';
import { publicId } from '../../../src/shared/ids.js';
import { Agent } from '../../support/agent.js';
import { type DriverHarness, type MemberName } from './driver.harness.js';

/** Every wait of the suite ends here at the latest; far above what an engine under load takes. */
export const PATIENCE_MS = 30_000;
/** A test ends by one of its waits, which says more, or here. */
export const TEST_MS = 5 * PATIENCE_MS;

export interface SpecChanges {
  readonly egress?: 'open' | 'none';
  readonly member?: Partial<MemberSpec>;
  readonly sandboxId?: string;
  /** Default: one, `ship`. */
  readonly names?: readonly string[];
}

/** One test's installation with all that it made, and the way to find what it left behind. */
export class World {
  readonly installationId = `test-${randomUUID()}`;
  readonly driver: Driver;
  private readonly agents: Agent[] = [];
  private readonly drivers: Driver[] = [];
  private readonly installations = new Set<string>();

  constructor(readonly harness: DriverHarness) {
    this.driver = this.openDriver();
  }

  /** Another instance: of this installation (Bay was restarted) or of another one (a second Bay). */
  openDriver(installationId = this.installationId): Driver {
    const driver = this.harness.driver(installationId);
    this.drivers.push(driver);
    this.installations.add(installationId);
    return driver;
  }

  signal(): AbortSignal {
    return AbortSignal.timeout(PATIENCE_MS);
  }

  /** A group of one member on a workspace that exists. */
  async spec(changes: SpecChanges = {}, driver = this.driver): Promise<GroupSpec> {
    const workspaceId = publicId('ws', randomUUID());
    const volume = await driver.volumes.ensure({ workspaceId, sizeLimitMb: null }, this.signal());
    return {
      labels: {
        sandboxId: changes.sandboxId ?? publicId('sandbox', randomUUID()),
        sessionId: publicId('sess', randomUUID()),
        workspaceId,
        profileId: 'contract',
      },
      volume,
      members: (changes.names ?? ['ship']).map((name) => ({ ...this.member(name), ...changes.member })),
      egress: changes.egress ?? 'open',
    };
  }

  private member(name: string): MemberSpec {
    return {
      name,
      image: this.harness.image,
      runtime: 'ship',
      env: { BAY_CONTRACT: 'on' },
      port: 8123,
      secret: randomBytes(32).toString('hex'),
      resources: { cpus: 1, memoryBytes: 256 * 1024 * 1024, pids: 100 },
    };
  }

  async running(changes: SpecChanges = {}): Promise<{ spec: GroupSpec; handle: GroupHandle }> {
    const spec = await this.spec(changes);
    const handle = await this.driver.ensureGroup(spec, this.signal());
    await this.driver.start(handle, this.signal());
    return { spec, handle };
  }

  async endpoint(handle: GroupHandle): Promise<Endpoint> {
    const seen = await this.driver.inspect(handle, this.signal());
    const endpoint = seen.members[0]?.endpoint;
    if (!endpoint) throw new Error(`no endpoint: ${JSON.stringify(seen)}`);
    return endpoint;
  }

  /** The agent of a running group, initialized. */
  async agent(spec: GroupSpec, handle: GroupHandle): Promise<Agent> {
    const agent = new Agent(await this.endpoint(handle), spec.members[0]!.secret);
    this.agents.push(agent);
    await agent.ready(this.signal()).catch((error: unknown) => this.explain(error, handle));
    await agent.init(spec.labels, this.signal());
    return agent;
  }

  /** An agent that does not answer has said why in its log, if anywhere. */
  private async explain(cause: unknown, handle: GroupHandle): Promise<never> {
    const seen = await this.driver.inspect(handle, this.signal());
    const log = await this.driver.logs(handle, 'ship', 4096, this.signal());
    throw new Error(`the agent does not answer: ${JSON.stringify(seen)}\n${log}`, { cause });
  }

  /** Runs a group and answers its agent. */
  async sandbox(changes: SpecChanges = {}): Promise<{ spec: GroupSpec; handle: GroupHandle; agent: Agent }> {
    const { spec, handle } = await this.running(changes);
    return { spec, handle, agent: await this.agent(spec, handle) };
  }

  nameOf(spec: GroupSpec, index = 0): MemberName {
    return { sessionId: spec.labels.sessionId, member: spec.members[index]!.name };
  }

  /** Removes every group and workspace of the test by the driver's own means, and answers what is left nevertheless. */
  async end(): Promise<string[]> {
    for (const agent of this.agents) await agent.close();
    for (const installationId of this.installations) await this.empty(installationId);
    for (const driver of this.drivers) await driver.close();
    const left = await Promise.all([...this.installations].map((id) => this.harness.leftovers(id)));
    return left.flat();
  }

  private async empty(installationId: string): Promise<void> {
    const driver = this.harness.driver(installationId);
    for (const { handle } of await driver.list({}, this.signal())) await driver.remove(handle, this.signal());
    for (const { ref } of await driver.volumes.list(this.signal())) await driver.volumes.remove(ref, this.signal());
    await driver.close();
  }
}
