import { Inject, Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type Driver, type VolumeRef } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { BayError } from '../shared/errors.js';
import { type Workspace } from './workspace.js';
import { WorkspacesRepository } from './workspaces.repository.js';

/** Takes over workspaces that another program kept: the row is new, the volume stays where and what it is. */
@Injectable()
export class WorkspaceAdoption {
  constructor(
    private readonly workspaces: WorkspacesRepository,
    private readonly transactions: Transactions,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  /** Tombstones count: what was taken over and deleted does not come back. */
  isKnown(publicId: string): Promise<boolean> {
    return this.transactions.read(() => this.workspaces.isTaken(publicId));
  }

  /** The ref under which rows and groups use a volume from now on. Throws `not_found` and `conflict`. */
  async volume(name: string, signal: AbortSignal): Promise<VolumeRef> {
    const { volumes } = this.driver;
    if (volumes.adopt) return volumes.adopt(name, signal);
    throw new BayError('not_found', `The driver ${this.driver.name} cannot take over volumes of an engine.`);
  }

  /** Joins the caller's transaction. */
  async insert(workspace: Workspace): Promise<void> {
    await this.transactions.run(() => this.workspaces.insert(workspace));
  }
}
