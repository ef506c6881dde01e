import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { SandboxesService } from '../sandboxes/sandboxes.service.js';
import { BayError } from '../shared/errors.js';
import { publicId } from '../shared/ids.js';
import { type Scope } from '../shared/scope.js';
import { type Workspace } from '../workspaces/workspace.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';

/** For the driver to remove a volume, ms; the sweep has what takes longer. */
const REMOVE_TIMEOUT_MS = 30_000;

/** What an owner may do with workspaces themselves. Who uses one is known only above both them and the sandboxes. */
@Injectable()
export class CargosService {
  private readonly logger = new Logger(CargosService.name);

  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly sandboxes: SandboxesService,
    private readonly transactions: Transactions,
    private readonly lifecycle: LifecycleConfig,
  ) {}

  /**
   * Sets the tombstone, waits a little for the volume to go, and leaves the rest to the sweep. Throws `not_found`, and
   * `conflict` while a sandbox that is not deleted uses it.
   */
  async delete(scope: Scope, id: string): Promise<void> {
    const workspace = await this.transactions.run(async () => {
      // First the row, which an attaching sandbox takes as well: whoever comes second sees what the first has done.
      const buried = await this.workspaces.bury(scope, id);
      await this.assertUnused(scope, buried);
      return buried;
    });
    const removed = this.workspaces
      .removeBuried(workspace.id, AbortSignal.timeout(REMOVE_TIMEOUT_MS))
      .catch((error: unknown) => this.logger.warn({ msg: 'A volume is removed later.', cargo: id, err: error }));
    const patience = new AbortController();
    const waited = delay(this.lifecycle.stopWaitMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([removed, waited]);
    patience.abort();
  }

  private async assertUnused(scope: Scope, workspace: Workspace): Promise<void> {
    const users = await this.sandboxes.listUsing(scope, workspace.id);
    if (users.length === 0) return;
    const { managedBySandboxId } = workspace;
    throw workspace.managed && managedBySandboxId
      ? new BayError('conflict', 'This cargo lives and dies with its sandbox. Delete the sandbox.', {
          details: { managed_by_sandbox_id: publicId('sandbox', managedBySandboxId) },
        })
      : new BayError('conflict', 'Sandboxes use this cargo. Delete them first.', {
          details: { active_sandbox_ids: users },
        });
  }
}
