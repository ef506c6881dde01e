import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type Profile } from '../config/slices.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { Clock } from '../shared/clock.js';
import { newUuid, publicId } from '../shared/ids.js';
import { NOBODY } from '../shared/scope.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { SandboxQuota } from './sandbox-quota.js';
import { type OwnSettings, type Sandbox } from './sandbox.js';
import { SandboxesRepository } from './sandboxes.repository.js';

export interface CreateSandbox {
  readonly profileId: string;
  /** Public id of an external workspace; null: one of its own. */
  readonly cargoId: string | null;
  /** Seconds; null: lives until it is deleted. */
  readonly ttlSec: number | null;
  /** Over the profile's. Default: none. */
  readonly settings?: OwnSettings;
  /** Of its own workspace. Default: the configured size. */
  readonly sizeLimitMb?: number;
}

export type AdoptedSandbox = Pick<
  Sandbox,
  'id' | 'owner' | 'profileId' | 'workspaceId' | 'createdAt' | 'lastActiveAt' | 'expiresAt'
>;

/** Makes sandboxes: rows within the owner's quota, and nothing on an engine. */
@Injectable()
export class SandboxCreation {
  constructor(
    private readonly sandboxes: SandboxesRepository,
    private readonly workspaces: WorkspacesService,
    private readonly profiles: ProfilesService,
    private readonly quota: SandboxQuota,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Rows only: nothing is started. Joins the caller's transaction. Throws `quota_exceeded`. */
  async create(owner: string, request: CreateSandbox): Promise<Sandbox> {
    const profile = this.profiles.get(request.profileId);
    return this.transactions.run(async () => {
      const id = newUuid();
      const workspace = request.cargoId
        ? await this.workspaces.attach({ owner }, request.cargoId)
        : await this.workspaces.createManaged(owner, id, request.sizeLimitMb);
      const sandbox = {
        ...this.blank(id, owner, request.ttlSec),
        ...request.settings,
        profileId: profile.id,
        workspaceId: workspace.id,
      };
      await this.sandboxes.insert(sandbox);
      await this.quota.assertSandboxes(owner);
      return sandbox;
    });
  }

  /**
   * A spare of the profile: nobody's, outside of every quota, and wanted running from the start. It has all that a
   * sandbox has, a workspace of its own included, so that what is labelled on the engine stays true when it is claimed.
   */
  async createSpare(profile: Profile, made: { readonly key: string; readonly image: string | null }): Promise<Sandbox> {
    return this.transactions.run(async () => {
      const id = newUuid();
      const workspace = await this.workspaces.createManaged(NOBODY, id);
      const spare: Sandbox = {
        ...this.blank(id, NOBODY, null),
        profileId: profile.id,
        workspaceId: workspace.id,
        desiredState: 'running',
        observedGeneration: 0,
        spareKey: made.key,
        spareImage: made.image,
      };
      await this.sandboxes.insert(spare);
      return spare;
    });
  }

  /**
   * A sandbox that another program kept, at rest and without regard to quotas: it is there already. Joins the caller's
   * transaction.
   */
  async adopt(known: AdoptedSandbox): Promise<void> {
    const sandbox: Sandbox = { ...this.blank(known.id, known.owner, null), ...known };
    await this.transactions.run(() => this.sandboxes.insert(sandbox));
  }

  private blank(id: string, owner: string, ttlSec: number | null): Omit<Sandbox, 'profileId' | 'workspaceId'> {
    const now = this.clock.now();
    return {
      id,
      publicId: publicId('sandbox', id),
      owner,
      desiredState: 'stopped',
      generation: 1,
      observedState: 'none',
      observedGeneration: 1,
      sessionId: null,
      agentVersion: null,
      failureCode: null,
      failureMessage: null,
      createdAt: now,
      lastActiveAt: now,
      expiresAt: ttlSec === null ? null : now + ttlSec * 1000,
      idleExpiresAt: null,
      deletedAt: null,
      spareKey: null,
      spareImage: null,
      idleTimeoutSec: null,
      cpus: null,
      memoryBytes: null,
      leaseToken: null,
      leaseUntil: null,
    };
  }
}
