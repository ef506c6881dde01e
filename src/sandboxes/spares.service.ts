import { Injectable } from '@nestjs/common';
import { LimitsConfig, type Profile } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { SYSTEM } from '../shared/scope.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { SandboxCreation } from './sandbox-creation.js';
import { SandboxQuotaRepository } from './sandbox-quota.repository.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { spareKey } from './spare-key.js';
import { type SpareSeen, spareStateOf } from './spare.js';
import { SparesRepository } from './spares.repository.js';

/** Spares as the pool sees them: it asks for them and for their end; the reconciler carries both out, as for any sandbox. */
@Injectable()
export class SparesService {
  constructor(
    private readonly spares: SparesRepository,
    private readonly creation: SandboxCreation,
    private readonly workspaces: WorkspacesService,
    private readonly quota: SandboxQuotaRepository,
    private readonly reconciler: SandboxReconciler,
    private readonly transactions: Transactions,
    private readonly limits: LimitsConfig,
    private readonly clock: Clock,
  ) {}

  /** Of all profiles, those included that the configuration no longer has; the oldest first. */
  async list(): Promise<SpareSeen[]> {
    const rows = await this.transactions.read(() => this.spares.list());
    return rows.map((row) => ({
      id: row.id,
      profileId: row.profileId,
      key: row.spareKey ?? '',
      image: row.spareImage,
      createdAt: row.createdAt,
      state: spareStateOf(row),
    }));
  }

  /** What a spare of the profile has for its key. */
  keyOf(profile: Profile): string {
    return spareKey(profile, this.limits.workspaceSizeMb);
  }

  /** How many more sandboxes may run; spares take part of the machine, but no client's place. Infinity without a limit. */
  async freePlaces(): Promise<number> {
    const { total } = this.limits.quotas.running;
    if (total === 0) return Infinity;
    return Math.max(0, total - (await this.transactions.read(() => this.quota.count(SYSTEM, 'running'))));
  }

  /** Writes the rows of a new one and starts it. `atRest` resolves when that has worked or failed. */
  async open(profile: Profile, image: string | null): Promise<{ readonly id: string; readonly atRest: Promise<void> }> {
    const { id } = await this.creation.createSpare(profile, { key: this.keyOf(profile), image });
    return { id, atRest: this.reconciler.reconcile(id) };
  }

  /**
   * Ends it for good, its workspace with it. Null: it was claimed, or ended, meanwhile. `gone` resolves when nothing is left,
   * or when a sweep has to finish it.
   */
  async retire(id: string): Promise<{ readonly gone: Promise<void> } | null> {
    const retired = await this.transactions.run(async () => {
      const spare = await this.spares.retire(id, this.clock.now());
      if (spare) await this.workspaces.buryManaged(spare.workspaceId);
      return spare;
    });
    return retired && { gone: this.reconciler.serve(id, retired.generation) };
  }
}
