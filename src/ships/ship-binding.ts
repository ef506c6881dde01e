import { Injectable } from '@nestjs/common';
import { ShipsConfig } from '../config/slices.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { SandboxCreation } from '../sandboxes/sandbox-creation.js';
import { SandboxWaker } from '../sandboxes/sandbox-waker.js';
import { type OwnSettings } from '../sandboxes/sandbox.js';
import { SandboxesService } from '../sandboxes/sandboxes.service.js';
import { BayError } from '../shared/errors.js';
import { publicId } from '../shared/ids.js';
import { type ShipResources } from './ship-spec.js';
import { STOPPED, ShipViews } from './ship-views.js';
import { type BoundShip } from './ship.js';
import { ShipsRepository } from './ships.repository.js';

/** What a ship offers. */
const NEEDED = ['python', 'shell', 'filesystem'];
const PREFERRED_PROFILE = 'python-default';

export interface ShipRequest {
  readonly owner: string;
  readonly sessionId: string;
  readonly ttlSec: number;
  /** What the caller asks for; nulls: nothing. */
  readonly spec: ShipResources;
  /** A new one, whatever the session has. */
  readonly isForced: boolean;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface Allocated extends BoundShip {
  readonly isNew: boolean;
}

/** Another call of the same session was faster; what this one inserted is rolled back. */
export class LostRaceError extends Error {}

/** Binds sessions to sandboxes. Every method runs in its caller's transaction, together with the wish that it may run. */
@Injectable()
export class ShipBinding {
  constructor(
    private readonly rows: ShipsRepository,
    private readonly views: ShipViews,
    private readonly creation: SandboxCreation,
    private readonly sandboxes: SandboxesService,
    private readonly waker: SandboxWaker,
    private readonly profiles: ProfilesService,
    private readonly config: ShipsConfig,
  ) {}

  /** The session's ship, asked to run again if it does not. */
  async rebind(request: ShipRequest): Promise<Allocated | null> {
    const { owner, sessionId, ttlSec, spec } = request;
    const row = await this.rows.findCurrent({ owner }, sessionId);
    if (!row) return null;
    const sandbox = await this.sandboxes.find({ owner }, publicId('sandbox', row.sandboxId));
    if (!sandbox || sandbox.deletedAt !== null) {
      // Deleted through the other API.
      await this.rows.remove(row);
      return this.rebind(request);
    }
    const bound = { ship: row, sandbox, isNew: false };
    if (this.views.status(bound) !== STOPPED) return bound;
    const settings = { idleTimeoutSec: ttlSec, ...given(spec) };
    const configured = await this.sandboxes.configure({ owner }, sandbox, settings);
    await this.waker.request(configured);
    return { ...bound, sandbox: configured };
  }

  /** A new one. Throws {@link LostRaceError} and `quota_exceeded`. */
  async make({ owner, sessionId, ttlSec, spec, isForced }: ShipRequest): Promise<Allocated> {
    if (isForced) await this.rows.putAside({ owner }, sessionId);
    const sandbox = await this.creation.create(owner, {
      profileId: this.profileId(),
      cargoId: null,
      ttlSec: null,
      settings: {
        idleTimeoutSec: ttlSec,
        cpus: spec.cpus ?? this.config.cpus,
        memoryBytes: spec.memoryBytes ?? this.config.memoryBytes,
      },
      ...sizeOf(spec.diskMb ?? this.config.diskMb),
    });
    const ship = { sandboxId: sandbox.id, owner, sessionId, isCurrent: true, createdAt: sandbox.createdAt };
    if (!(await this.rows.claim(ship))) throw new LostRaceError();
    await this.waker.request(sandbox);
    return { ship, sandbox, isNew: true };
  }

  private profileId(): string {
    const offering = this.profiles
      .list()
      .filter(({ capabilities }) => NEEDED.every((one) => capabilities.includes(one)));
    const chosen = offering.find(({ id }) => id === PREFERRED_PROFILE) ?? offering[0];
    if (chosen) return chosen.id;
    throw new BayError('capability_not_supported', `A ship needs a profile that offers ${NEEDED.join(', ')}.`);
  }
}

const given = ({ cpus, memoryBytes }: ShipResources): Partial<OwnSettings> => ({
  ...(cpus === null ? {} : { cpus }),
  ...(memoryBytes === null ? {} : { memoryBytes }),
});

const sizeOf = (diskMb: number | null): { sizeLimitMb?: number } => (diskMb === null ? {} : { sizeLimitMb: diskMb });
