import { Injectable } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { SandboxCalls } from '../sandboxes/sandbox-calls.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { SandboxesService } from '../sandboxes/sandboxes.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { publicId } from '../shared/ids.js';
import { ShipRefusal } from './ship-errors.js';
import { STOPPED, ShipViews } from './ship-views.js';
import { type BoundShip, type Ship } from './ship.js';
import { ShipsRepository } from './ships.repository.js';

/** How much of a ship's log is answered, bytes. */
const LOG_BYTES = 1024 * 1024;
/** How long the engine may take to give it, ms. */
const LOG_TIMEOUT_MS = 10_000;
/** Beyond the time of a start, ms: whoever asked for it hears what became of it. */
const START_MARGIN_MS = 5_000;
/** How long an agent that is at hand may take to say so, ms. */
const HEALTH_TIMEOUT_MS = 5_000;
/** Rows looked up in one statement. */
const BATCH = 500;

/** What the older API does with ships that there are: sandboxes, found by their whole id or by their session's. */
@Injectable()
export class ShipsService {
  constructor(
    private readonly ships: ShipsRepository,
    private readonly sandboxes: SandboxesService,
    private readonly sessions: SessionsService,
    private readonly calls: SandboxCalls,
    private readonly views: ShipViews,
    private readonly transactions: Transactions,
    private readonly lifecycle: LifecycleConfig,
  ) {}

  async find(owner: string, id: string): Promise<BoundShip | null> {
    return this.withSandbox(await this.transactions.read(() => this.ships.find({ owner }, id)));
  }

  /** The one that the session id leads to. */
  async findSession(owner: string, sessionId: string): Promise<BoundShip | null> {
    return this.withSandbox(await this.transactions.read(() => this.ships.findCurrent({ owner }, sessionId)));
  }

  /** Newest first, stopped ones included. */
  async list(owner: string): Promise<BoundShip[]> {
    const ships = await this.transactions.read(() => this.ships.list({ owner }));
    const sandboxes = new Map<string, Sandbox>();
    for (let from = 0; from < ships.length; from += BATCH) {
      const ids = ships.slice(from, from + BATCH).map(({ sandboxId }) => sandboxId);
      for (const sandbox of await this.sandboxes.listByIds({ owner }, ids)) sandboxes.set(sandbox.id, sandbox);
    }
    return ships.flatMap((ship) => {
      const sandbox = sandboxes.get(ship.sandboxId);
      return sandbox ? [{ ship, sandbox }] : [];
    });
  }

  /** For a call into it on behalf of the session; one that is stopped is started by the call. Throws {@link ShipRefusal}. */
  async use(owner: string, id: string, sessionId: string): Promise<BoundShip> {
    const bound = await this.find(owner, id);
    if (!bound) throw new ShipRefusal('absent');
    if (bound.ship.sessionId !== sessionId) throw new ShipRefusal('foreign');
    return bound;
  }

  /** Returns when its agent answers, started if need be. */
  async awaitRunning({ sandbox }: BoundShip): Promise<void> {
    const waitMs = this.lifecycle.startTimeoutMs + START_MARGIN_MS;
    await this.calls.run(sandbox, waitMs, (agent) => agent.health(AbortSignal.timeout(HEALTH_TIMEOUT_MS)));
  }

  /** As it is now, the last second's use included. */
  async latest(bound: BoundShip): Promise<BoundShip> {
    const { ship } = bound;
    const sandbox = await this.sandboxes.get({ owner: ship.owner }, bound.sandbox.publicId);
    return { ship, sandbox: await this.sandboxes.withLatestUse({ owner: ship.owner }, sandbox) };
  }

  /** Starts a stopped one, to live for `ttlSec`; leaves a running one as it is. */
  async start(bound: BoundShip, ttlSec: number): Promise<BoundShip> {
    if (this.views.status(bound) !== STOPPED) return this.latest(bound);
    const { ship } = bound;
    const settings = { idleTimeoutSec: ttlSec };
    const sandbox = await this.sandboxes.configure({ owner: ship.owner }, bound.sandbox, settings);
    await this.awaitRunning({ ship, sandbox });
    return this.latest(bound);
  }

  /** Files stay. False: it does not run. */
  async stop(bound: BoundShip): Promise<boolean> {
    if (this.views.status(bound) === STOPPED) return false;
    await this.sandboxes.stop({ owner: bound.ship.owner }, bound.sandbox);
    return true;
  }

  /** Away with it and its workspace. */
  async purge({ ship, sandbox }: BoundShip): Promise<void> {
    await this.transactions.run(() => this.ships.remove(ship));
    await this.sandboxes.delete({ owner: ship.owner }, sandbox);
  }

  /** Adds to its life, now and after each later use. Null: it does not run. */
  async extend(bound: BoundShip, bySec: number): Promise<BoundShip | null> {
    const isExtended = await this.sandboxes.extendIdle({ owner: bound.ship.owner }, bound.sandbox, bySec);
    return isExtended ? this.latest(bound) : null;
  }

  /** Counts its life from now. One that does not run stays as it is. */
  async liveFor(bound: BoundShip, forSec: number): Promise<BoundShip> {
    await this.sandboxes.idleFor({ owner: bound.ship.owner }, bound.sandbox, forSec);
    return this.latest(bound);
  }

  /** The session lets go of its ships, which run on to the end of their life and are never given to another. */
  detach(owner: string, sessionId: string): Promise<boolean> {
    return this.transactions.run(() => this.ships.detach({ owner }, sessionId));
  }

  async logs({ sandbox }: BoundShip): Promise<string> {
    if (sandbox.sessionId === null) return '';
    return this.sessions.logs(sandbox.sessionId, LOG_BYTES, AbortSignal.timeout(LOG_TIMEOUT_MS));
  }

  private async withSandbox(ship: Ship | null): Promise<BoundShip | null> {
    if (!ship) return null;
    const sandbox = await this.sandboxes.find({ owner: ship.owner }, publicId('sandbox', ship.sandboxId));
    return sandbox && sandbox.deletedAt === null ? { ship, sandbox } : null;
  }
}
