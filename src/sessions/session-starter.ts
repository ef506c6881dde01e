import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type Health } from '@bay/protocol';
import { type ContainerProfile, type Profile } from '../config/slices.js';
import { DRIVER } from '../drivers/driver.token.js';
import { type Driver, type Endpoint, type GroupHandle, type GroupSpec, type MemberSpec } from '../drivers/driver.js';
import { AgentUnreachableError } from '../runtimes/ship/agent-errors.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { BayError } from '../shared/errors.js';
import { AgentConnections } from './agent-connections.js';
import { type Session } from './session.js';
import { SessionSecrets } from './session-secrets.js';
import { StartMetrics } from './start-metrics.js';

/** Between two looks for the agent, ms: the first steps are short since a warm agent needs about 40 ms. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 50;
/** While the agent is silent, the engine is asked this often whether the group still runs, ms. */
const INSPECT_EVERY_MS = 1_000;
/** How much of a dead agent's log goes into Bay's. */
const LOG_BYTES = 4_096;

export interface StartedSandbox {
  readonly id: string;
  readonly publicId: string;
  /** Not null: a spare. Its agent is told whom it serves, and with what environment, when somebody claims it. */
  readonly spareKey: string | null;
}

export interface StartRequest {
  readonly session: Session;
  readonly profile: Profile;
  readonly sandbox: StartedSandbox;
  readonly workspaceId: string;
  readonly volumeRef: string;
  /** Called once the driver has made the group, before it is started. */
  readonly onHandle: (handle: GroupHandle) => Promise<void>;
}

/** What an agent is told of whom it serves. */
export interface Identity {
  readonly session: Pick<Session, 'id'>;
  readonly sandbox: Pick<StartedSandbox, 'publicId'>;
  readonly profile: Profile;
}

interface Awaited {
  readonly client: ShipClient;
  readonly handle: GroupHandle;
  isReady(health: Health): boolean;
}

export interface StartedSession {
  readonly endpoint: Endpoint;
  readonly agentVersion: string;
}

/** Brings a session up: group made, started, agent answering and initialised. Every part may be repeated after a crash. */
@Injectable()
export class SessionStarter {
  constructor(
    @Inject(DRIVER) private readonly driver: Driver,
    private readonly connections: AgentConnections,
    private readonly secrets: SessionSecrets,
    private readonly starts: StartMetrics,
  ) {}

  async bringUp(request: StartRequest, signal: AbortSignal): Promise<StartedSession> {
    const { starts, driver } = this;
    const handle = await starts.phase('group', () => driver.ensureGroup(this.spec(request), signal));
    await request.onHandle(handle);
    await starts.phase('start', () => driver.start(handle, signal));
    const endpoint = await this.endpoint(handle, request.profile.containers[0].name, signal);
    const client = this.connections.open(request.session.id, endpoint);
    const isSpare = request.sandbox.spareKey !== null;
    // A spare has time, and is worth having only once Python runs.
    const isReady = (health: Health): boolean => !isSpare || health.python !== 'starting';
    const health = await starts.phase('agent', () => this.awaitAgent({ client, handle, isReady }, signal));
    if (!isSpare) await starts.phase('init', () => this.initialise(client, request, signal));
    return { endpoint, agentVersion: health.version };
  }

  /** Gives an agent its identity and environment: at its start, after it was restarted, and when its spare is claimed. */
  async initialise(client: ShipClient, { session, sandbox, profile }: Identity, signal: AbortSignal): Promise<void> {
    const env = profile.containers[0].env;
    await client.init({ session_id: session.id, sandbox_id: sandbox.publicId, env: { ...env } }, signal);
  }

  private async awaitAgent({ client, handle, isReady }: Awaited, signal: AbortSignal): Promise<Health> {
    let pause = FIRST_PAUSE_MS;
    let sinceInspect = 0;
    for (;;) {
      const health = await client.health(signal).catch(unlessSilent);
      if (health && isReady(health)) return health;
      await delay(pause, undefined, { signal });
      sinceInspect += pause;
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
      if (sinceInspect < INSPECT_EVERY_MS) continue;
      sinceInspect = 0;
      await this.assertRunning(handle, signal);
    }
  }

  private async assertRunning(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    const seen = await this.driver.inspect(handle, signal);
    if (seen.state === 'running') return;
    const member = seen.members.find(({ state }) => state !== 'running');
    const logs = member ? await this.driver.logs(handle, member.name, LOG_BYTES, signal) : '';
    throw new BayError('start_failed', 'The sandbox ended while it was starting.', {
      details: { exit_code: member?.exitCode ?? null, out_of_memory: member?.outOfMemory ?? false },
      cause: new Error(logs),
    });
  }

  private async endpoint(handle: GroupHandle, member: string, signal: AbortSignal): Promise<Endpoint> {
    const seen = await this.driver.inspect(handle, signal);
    const endpoint = seen.members.find(({ name }) => name === member)?.endpoint;
    if (!endpoint) throw new BayError('start_failed', 'The sandbox ended as soon as it was started.');
    return endpoint;
  }

  private spec({ session, profile, sandbox, workspaceId, volumeRef }: StartRequest): GroupSpec {
    const secret = this.secrets.of(session.id);
    return {
      labels: { sandboxId: sandbox.publicId, sessionId: session.id, workspaceId, profileId: profile.id },
      volume: volumeRef,
      egress: profile.egress,
      members: profile.containers.map((container) => member(container, secret)),
    };
  }
}

const member = (container: ContainerProfile, secret: string): MemberSpec => ({
  name: container.name,
  image: container.image,
  runtime: container.runtime,
  env: {},
  port: container.port,
  secret,
  resources: { cpus: container.cpus, memoryBytes: container.memoryBytes, pids: container.pids },
});

function unlessSilent(error: unknown): null {
  if (error instanceof AgentUnreachableError) return null;
  throw error;
}
