import { Inject, Injectable } from '@nestjs/common';
import { LimitsConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { type Driver, type VolumeRef } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { type JobReport } from '../scheduling/job.js';
import { sweep } from '../scheduling/sweep.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid, publicId } from '../shared/ids.js';
import { type Scope, SYSTEM } from '../shared/scope.js';
import { type Workspace } from './workspace.js';
import { type WorkspacePage, WorkspacesRepository } from './workspaces.repository.js';

/** Volumes whose rows are looked up in one statement. */
const BATCH = 500;

export interface LateVolumes {
  readonly removed: readonly VolumeRef[];
  readonly inUse: number;
  /** This installation's, kept, and without a row. */
  readonly unknown: readonly VolumeRef[];
}

/** Workspaces: the row first, then the volume; on the way out a tombstone first, then the volume, and only then nothing. */
@Injectable()
export class WorkspacesService {
  constructor(
    private readonly workspaces: WorkspacesRepository,
    private readonly transactions: Transactions,
    private readonly limits: LimitsConfig,
    private readonly clock: Clock,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  /** The row of a workspace that lives and dies with its sandbox; joins the caller's transaction. */
  createManaged(owner: string, sandboxId: string, sizeLimitMb = this.limits.workspaceSizeMb): Promise<Workspace> {
    return this.create(owner, { managedBySandboxId: sandboxId, sizeLimitMb });
  }

  /** The row of one that outlives sandboxes; joins the caller's transaction. `sizeLimitMb` null: the configured size. */
  createExternal(owner: string, sizeLimitMb: number | null): Promise<Workspace> {
    return this.create(owner, {
      managedBySandboxId: null,
      sizeLimitMb: sizeLimitMb ?? this.limits.workspaceSizeMb,
    });
  }

  /** Makes a spare's workspace the owner's, as if it had just been made; joins the caller's transaction. */
  async handTo(id: string, owner: string): Promise<void> {
    await this.transactions.run(() => this.workspaces.handTo(id, owner, this.clock.now()));
  }

  /**
   * Takes an external workspace for a sandbox that the caller inserts in the same transaction. Writing the row keeps a
   * deletion from passing in between. Throws `not_found`.
   */
  attach(scope: Scope, id: string): Promise<Workspace> {
    return this.transactions.run(async () => {
      if (await this.workspaces.attach(scope, id, this.clock.now())) return this.getPublic(scope, id);
      throw new BayError('not_found', `There is no cargo ${id} that a sandbox could use.`);
    });
  }

  /** By its public id. Throws `not_found`. */
  async getPublic(scope: Scope, id: string): Promise<Workspace> {
    const workspace = await this.transactions.read(() => this.workspaces.find(scope, id));
    if (!workspace) throw new BayError('not_found', `There is no cargo ${id}.`);
    return workspace;
  }

  list(scope: Scope, page: WorkspacePage): Promise<Workspace[]> {
    return this.transactions.read(() => this.workspaces.list(scope, page));
  }

  /** Sets the tombstone; joins the caller's transaction, which decides whether it stays. Throws `not_found`. */
  bury(scope: Scope, id: string): Promise<Workspace> {
    return this.transactions.run(async () => {
      const workspace = await this.getPublic(scope, id);
      if (await this.workspaces.bury(scope, id, this.clock.now())) return workspace;
      throw new BayError('not_found', `There is no cargo ${id}.`);
    });
  }

  async get(scope: Scope, id: string): Promise<Workspace> {
    const workspace = await this.transactions.read(() => this.workspaces.findById(scope, id));
    if (!workspace) throw new BayError('not_found', 'The workspace of this sandbox is gone.');
    return workspace;
  }

  /** Makes the volume if it is not there. A tombstone is never given a volume again. */
  async ensureVolume(id: string, signal: AbortSignal): Promise<{ publicId: string; volumeRef: VolumeRef }> {
    const workspace = await this.get(SYSTEM, id);
    if (workspace.deletedAt !== null)
      throw new BayError('not_found', 'The workspace of this sandbox is being removed.');
    const { publicId, sizeLimitMb, volumeRef: ref } = workspace;
    const volumeRef = await this.driver.volumes.ensure({ workspaceId: publicId, sizeLimitMb, ref }, signal);
    await this.transactions.run(() => this.workspaces.saveVolume(id, volumeRef, this.clock.now()));
    return { publicId, volumeRef };
  }

  /** Notes that its files were used; joins the caller's transaction. */
  async touch(id: string, at: number): Promise<void> {
    await this.transactions.run(() => this.workspaces.touch(id, at));
  }

  /** Sets the tombstone of a managed workspace, leaves any other alone; joins the caller's transaction. */
  async buryManaged(id: string): Promise<void> {
    await this.transactions.run(() => this.workspaces.buryManaged(id, this.clock.now()));
  }

  /** Removes the volume that a tombstone names. Workspaces without one are left alone. */
  async removeBuried(id: string, signal: AbortSignal): Promise<void> {
    const workspace = await this.transactions.read(() => this.workspaces.findById(SYSTEM, id));
    if (!workspace || workspace.deletedAt === null) return;
    const ref = workspace.volumeRef ?? (await this.unnotedVolume(workspace, signal));
    if (ref) await this.driver.volumes.remove(ref, signal);
    await this.transactions.run(() => this.workspaces.dropVolume(id));
  }

  /**
   * Removes volumes of tombstones that appeared after all was done: an engine may carry out late what Bay had given up.
   * Volumes that no tombstone names are kept, those that no row knows at all included: a restored database may lack the row
   * of files that somebody needs. Those still in use wait for the next look.
   */
  async removeLate(signal: AbortSignal): Promise<LateVolumes> {
    const listed = await this.driver.volumes.list(signal);
    const found = { removed: [] as VolumeRef[], inUse: 0, unknown: [] as VolumeRef[] };
    for (let from = 0; from < listed.length; from += BATCH) {
      const batch = listed.slice(from, from + BATCH);
      const ids = batch.map(({ workspaceId }) => workspaceId);
      const [late, known] = await this.transactions.read(async () => [
        await this.workspaces.filterRemoved(ids),
        await this.workspaces.filterKnown(ids),
      ]);
      for (const { ref, workspaceId } of batch) {
        if (!known.has(workspaceId)) found.unknown.push(ref);
        if (!late.has(workspaceId)) continue;
        const isRemoved = await this.driver.volumes.remove(ref, signal).then(() => true, unlessInUse);
        if (isRemoved) found.removed.push(ref);
        else found.inUse += 1;
      }
    }
    return found;
  }

  /** Removes the volumes of deleted external workspaces that could not be removed at once: in use, or the engine away. */
  async removeBuriedExternal(signal: AbortSignal): Promise<JobReport> {
    const ids = await this.transactions.read(() => this.workspaces.listBuriedExternal(BATCH));
    return sweep(ids, signal, (id) => this.removeBuried(id, signal).then(() => true, unlessInUse));
  }

  forget(deletedBefore: number): Promise<number> {
    return this.transactions.run(() => this.workspaces.forget(deletedBefore));
  }

  private async create(
    owner: string,
    { managedBySandboxId, sizeLimitMb }: Pick<Workspace, 'managedBySandboxId' | 'sizeLimitMb'>,
  ): Promise<Workspace> {
    const id = newUuid();
    const now = this.clock.now();
    const workspace: Workspace = {
      id,
      publicId: publicId('ws', id),
      owner,
      managed: managedBySandboxId !== null,
      managedBySandboxId,
      volumeRef: null,
      sizeLimitMb,
      createdAt: now,
      lastAccessedAt: now,
      deletedAt: null,
    };
    await this.transactions.run(() => this.workspaces.insert(workspace));
    return workspace;
  }

  /** A crash between the volume and its note leaves the row without a reference: the engine knows it by its label. */
  private async unnotedVolume(workspace: Workspace, signal: AbortSignal): Promise<VolumeRef | undefined> {
    const listed = await this.driver.volumes.list(signal);
    return listed.find(({ workspaceId }) => workspaceId === workspace.publicId)?.ref;
  }
}

/** What is still in use is removed at a later look. */
function unlessInUse(error: unknown): false {
  if (error instanceof BayError && error.code === 'conflict') return false;
  throw error;
}
