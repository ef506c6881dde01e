import { Injectable } from '@nestjs/common';
import { ProfilesService } from '../profiles/profiles.service.js';
import { idleTimeoutMs } from '../sandboxes/sandbox.js';
import { statusOf } from '../sandboxes/sandbox.state.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { naiveUtc } from '../shared/naive-time.js';
import { type SessionView, type ShipView } from './ship.dto.js';
import { type BoundShip } from './ship.js';

export const STOPPED = 0;
export const RUNNING = 1;
export const CREATING = 2;

/**
 * Ships as the older API shows them. A ship's `ttl` is how long its sandbox may lie unused: each use begins it anew, and at
 * its end the sandbox is stopped and keeps its files.
 */
@Injectable()
export class ShipViews {
  constructor(
    private readonly sessions: SessionsService,
    private readonly profiles: ProfilesService,
    private readonly clock: Clock,
  ) {}

  async ship(bound: BoundShip): Promise<ShipView> {
    const [view] = await this.ships([bound]);
    if (!view) throw new Error('One ship has one view.');
    return view;
  }

  async ships(bound: readonly BoundShip[]): Promise<ShipView[]> {
    const sessionIds = bound.flatMap(({ sandbox }) => sandbox.sessionId ?? []);
    const addresses = await this.sessions.listAddresses(sessionIds);
    return bound.map((one) => this.view(one, addresses));
  }

  status({ sandbox }: BoundShip): ShipView['status'] {
    const status = statusOf(sandbox, this.clock.now());
    return status === 'ready' ? RUNNING : status === 'starting' ? CREATING : STOPPED;
  }

  session(bound: BoundShip): SessionView {
    const { ship, sandbox } = bound;
    const expiresAt = this.expiresAt(bound);
    return {
      id: ship.sandboxId,
      session_id: ship.sessionId ?? '',
      ship_id: ship.sandboxId,
      created_at: naiveUtc(ship.createdAt),
      last_activity: naiveUtc(sandbox.lastActiveAt),
      expires_at: naiveUtc(expiresAt),
      initial_ttl: Math.round(this.ttlMs(bound) / 1000),
      is_active: this.status(bound) !== STOPPED && expiresAt > this.clock.now(),
    };
  }

  private view(bound: BoundShip, addresses: ReadonlyMap<string, string>): ShipView {
    const { ship, sandbox } = bound;
    const status = this.status(bound);
    const expiresAt = this.expiresAt(bound);
    const leftMs = status === RUNNING ? Math.max(expiresAt - this.clock.now(), 0) : this.ttlMs(bound);
    return {
      id: ship.sandboxId,
      status,
      created_at: naiveUtc(sandbox.createdAt),
      updated_at: naiveUtc(sandbox.lastActiveAt),
      container_id: sandbox.sessionId,
      ip_address: addresses.get(sandbox.sessionId ?? '') ?? null,
      ttl: Math.ceil(leftMs / 1000),
      max_session_num: 1,
      current_session_num: ship.sessionId === null ? 0 : 1,
      expires_at: status === RUNNING ? `${naiveUtc(expiresAt)}Z` : null,
    };
  }

  /** Of one that does not run: when it would have been, at the latest now. */
  private expiresAt(bound: BoundShip): number {
    const { sandbox } = bound;
    if (sandbox.idleExpiresAt !== null) return sandbox.idleExpiresAt;
    const unused = sandbox.lastActiveAt + this.ttlMs(bound);
    return this.status(bound) === STOPPED ? Math.min(unused, this.clock.now()) : unused;
  }

  private ttlMs({ sandbox }: BoundShip): number {
    return idleTimeoutMs(sandbox, this.profiles.find(sandbox.profileId));
  }
}
