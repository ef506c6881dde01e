import { Injectable } from '@nestjs/common';
import { ShipsConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { StartQueue } from '../sandboxes/start-queue.js';
import { Clock } from '../shared/clock.js';
import { type Allocated, LostRaceError, ShipBinding, type ShipRequest } from './ship-binding.js';
import { STOPPED, ShipViews } from './ship-views.js';
import { type BoundShip } from './ship.js';
import { ShipsService } from './ships.service.js';

/** How long a caller waits for a place where that is configured, ms. */
const QUEUE_MS = 300_000;
/** How often a lost race for a session id is looked at again. */
const RACES = 5;

/**
 * One ship for each session id: the bound one, woken if it sleeps, else a new one. Concurrency: calls of one session may race
 * in any number of processes; the unique index lets one of them make the ship, and the others get it.
 */
@Injectable()
export class ShipAllocation {
  constructor(
    private readonly ships: ShipsService,
    private readonly binding: ShipBinding,
    private readonly views: ShipViews,
    private readonly queue: StartQueue,
    private readonly transactions: Transactions,
    private readonly config: ShipsConfig,
    private readonly clock: Clock,
  ) {}

  /** Returns when the ship's agent answers. Throws `quota_exceeded`, `WaitedInVainError`, what a start throws. */
  async allocate(request: ShipRequest): Promise<BoundShip> {
    const allocated = await this.admit(request);
    try {
      await this.ships.awaitRunning(allocated);
    } catch (error) {
      if (allocated.isNew) await this.ships.purge(allocated);
      throw error;
    }
    return this.ships.latest(allocated);
  }

  private async admit(request: ShipRequest): Promise<Allocated> {
    const running = request.isForced ? null : await this.findRunning(request);
    if (running) return running;
    const attempt = () => this.attempt(request);
    if (this.config.behaviorAfterMax === 'reject') return attempt();
    const { owner, signal } = request;
    return this.queue.run({ owner, signal, deadline: this.clock.now() + QUEUE_MS, run: attempt });
  }

  /** Needs no place: it has one. */
  private async findRunning({ owner, sessionId }: ShipRequest): Promise<Allocated | null> {
    const bound = await this.ships.findSession(owner, sessionId);
    return bound && this.views.status(bound) !== STOPPED ? { ...bound, isNew: false } : null;
  }

  private async attempt(request: ShipRequest): Promise<Allocated> {
    for (let race = 1; ; race += 1) {
      try {
        return await this.transactions.run(async () => {
          const allocated =
            (request.isForced ? null : await this.binding.rebind(request)) ?? (await this.binding.make(request));
          // Nobody would use it any more: roll back.
          request.signal.throwIfAborted();
          return allocated;
        });
      } catch (error) {
        if (!(error instanceof LostRaceError) || race === RACES) throw error;
      }
    }
  }
}
