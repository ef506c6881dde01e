import { Inject, Injectable } from '@nestjs/common';
import { type Profile } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { type Driver, type Endpoint, type GroupHandle, type GroupState } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid } from '../shared/ids.js';
import { AgentConnections } from './agent-connections.js';
import { type Session } from './session.js';
import { type Identity, SessionStarter, type StartedSession, type StartRequest } from './session-starter.js';
import { SessionsRepository } from './sessions.repository.js';

/** How long a doubted agent may take to say that it is well, ms. */
const HEALTH_TIMEOUT_MS = 2_000;

/** Sessions: rows and the groups they stand for. Called by the reconciler, which holds the sandbox's lease. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly starter: SessionStarter,
    private readonly connections: AgentConnections,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  /** The session that has not ended. */
  findCurrent(sandboxId: string): Promise<Session | null> {
    return this.transactions.read(() => this.sessions.findCurrent(sandboxId));
  }

  /** Writes the row of a new session; joins the caller's transaction. */
  async open(sandboxId: string, generation: number): Promise<string> {
    const id = newUuid();
    await this.transactions.run(() =>
      this.sessions.insert({
        id,
        sandboxId,
        generation,
        state: 'starting',
        handle: null,
        endpoint: null,
        createdAt: this.clock.now(),
        readyAt: null,
        endedAt: null,
      }),
    );
    return id;
  }

  async bringUp(request: Omit<StartRequest, 'onHandle'>, signal: AbortSignal): Promise<StartedSession> {
    const onHandle = (handle: GroupHandle) =>
      this.transactions.run(() => this.sessions.saveHandle(request.session.id, JSON.stringify(handle)));
    return this.starter.bringUp({ ...request, onHandle }, signal);
  }

  /** Notes that the agent answered; joins the caller's transaction. False: somebody ended the session meanwhile. */
  markRunning(id: string, started: StartedSession): Promise<boolean> {
    return this.transactions.run(() =>
      this.sessions.markRunning(id, {
        endpoint: JSON.stringify(started.endpoint),
        readyAt: this.clock.now(),
      }),
    );
  }

  /** Removes the group, also one that a crash left without a noted handle. The row is ended by {@link markEnded}. */
  async removeGroup(session: Session, signal: AbortSignal): Promise<void> {
    this.connections.drop(session.id);
    for (const handle of await this.handles(session, signal)) await this.driver.remove(handle, signal);
  }

  /** Joins the caller's transaction. */
  markEnded(id: string): Promise<void> {
    return this.transactions.run(() => this.sessions.markEnded(id, this.clock.now()));
  }

  /** What the engine says of the session's group. */
  async inspect(session: Session, signal: AbortSignal): Promise<GroupState> {
    const [handle] = await this.handles(session, signal);
    if (!handle) return 'absent';
    return (await this.driver.inspect(handle, signal)).state;
  }

  /** Is the agent of a running session well? One that was restarted is initialised again, unless it is a spare's. */
  async isHealthy(
    request: Pick<StartRequest, 'session' | 'sandbox'> & { profile: Profile },
    signal: AbortSignal,
  ): Promise<boolean> {
    const client = this.connections.of(request.session);
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]);
    try {
      const health = await client.health(bounded);
      if (!health.initialized && request.sandbox.spareKey === null)
        await this.starter.initialise(client, request, bounded);
      return true;
    } catch {
      // Whatever it was: an agent that cannot say within the deadline that it is well is replaced.
      signal.throwIfAborted();
      return false;
    }
  }

  /** What the agent of a spare says of itself. `used`: it serves somebody already, and must serve nobody else. */
  async checkSpare(sessionId: string, signal: AbortSignal): Promise<'well' | 'used' | 'silent'> {
    try {
      const agent = await this.findAgent(sessionId);
      if (!agent) return 'silent';
      return (await agent.health(signal)).initialized ? 'used' : 'well';
    } catch {
      // Whatever it was, it is not handed out.
      return 'silent';
    }
  }

  /** Tells the agent of a claimed spare whom it serves. Throws what the agent, or the way to it, has against it. */
  async handOver(identity: Identity, signal: AbortSignal): Promise<void> {
    const agent = await this.findAgent(identity.session.id);
    if (!agent) throw new BayError('start_failed', 'The session of the spare has ended.');
    await this.starter.initialise(agent, identity, signal);
  }

  /** The agent of a running session; null once it has ended. */
  async findAgent(sessionId: string): Promise<ShipClient | null> {
    const open = this.connections.find(sessionId);
    if (open) return open;
    const session = await this.transactions.read(() => this.sessions.find(sessionId));
    return session?.state === 'running' ? this.connections.of(session) : null;
  }

  /** Which of these sessions are not ended. */
  filterLive(ids: readonly string[]): Promise<Set<string>> {
    return this.transactions.read(() => this.sessions.filterLive(ids));
  }

  /** By session, of those that run. */
  async listHandles(ids: readonly string[]): Promise<Map<string, GroupHandle>> {
    const rows = await this.transactions.read(() => this.sessions.listHandles(ids));
    return new Map(rows.map(({ id, handle }) => [id, JSON.parse(handle) as GroupHandle]));
  }

  /** Where the primary member of those that run is reached over the network, `host:port`, by session. */
  async listAddresses(ids: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.transactions.read(() => this.sessions.listEndpoints(ids));
    return new Map(
      rows.flatMap(({ id, endpoint }) => {
        const parsed = JSON.parse(endpoint) as Endpoint;
        return parsed.kind === 'tcp' ? [[id, `${parsed.host}:${parsed.port}`] as const] : [];
      }),
    );
  }

  /** What the primary member wrote last; empty when nothing of the session is left. */
  async logs(sessionId: string, maxBytes: number, signal: AbortSignal): Promise<string> {
    const session = await this.transactions.read(() => this.sessions.find(sessionId));
    const [handle] = session && session.state !== 'ended' ? await this.handles(session, signal) : [];
    const [member] = handle ? (await this.driver.inspect(handle, signal)).members : [];
    return handle && member ? this.driver.logs(handle, member.name, maxBytes, signal) : '';
  }

  forget(endedBefore: number): Promise<number> {
    return this.transactions.run(() => this.sessions.forget(endedBefore));
  }

  private async handles(session: Session, signal: AbortSignal): Promise<GroupHandle[]> {
    if (session.handle) return [JSON.parse(session.handle) as GroupHandle];
    const listed = await this.driver.list({ sessionId: session.id }, signal);
    return listed.map((group) => group.handle);
  }
}
