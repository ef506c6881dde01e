import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { ownedBy, type Scope } from '../shared/scope.js';
import { type Workspace } from './workspace.js';
import { WorkspaceEntity } from './workspace.entity.js';

@Injectable()
export class WorkspacesRepository {
  constructor(private readonly transactions: Transactions) {}

  async insert(workspace: Workspace): Promise<void> {
    await this.transactions.manager.insert(WorkspaceEntity, workspace);
  }

  async findById(scope: Scope, id: string): Promise<Workspace | null> {
    return this.transactions.manager.findOneBy(WorkspaceEntity, { id, ...ownedBy(scope) });
  }

  /** One that a client may attach: its own, not another sandbox's, not deleted. */
  async findAttachable(scope: Scope, publicId: string): Promise<Workspace | null> {
    return this.transactions.manager.findOneBy(WorkspaceEntity, {
      publicId,
      managed: false,
      deletedAt: IsNull(),
      ...ownedBy(scope),
    });
  }

  async saveVolume(id: string, volumeRef: string, now: number): Promise<void> {
    await this.transactions.manager.update(WorkspaceEntity, { id }, { volumeRef, lastAccessedAt: now });
  }

  /** Only managed ones end with their sandbox. */
  async buryManaged(id: string, now: number): Promise<void> {
    await this.transactions.manager.update(
      WorkspaceEntity,
      { id, managed: true, deletedAt: IsNull() },
      { deletedAt: now },
    );
  }

  async dropVolume(id: string): Promise<void> {
    await this.transactions.manager.update(WorkspaceEntity, { id }, { volumeRef: null });
  }

  /** Which of these have a tombstone and, as far as is known, no volume any more. */
  async filterRemoved(publicIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.transactions.manager.find(WorkspaceEntity, {
      select: { publicId: true },
      where: { publicId: In([...publicIds]), deletedAt: Not(IsNull()), volumeRef: IsNull() },
    });
    return new Set(rows.map((row) => row.publicId));
  }

  async forget(deletedBefore: number): Promise<number> {
    const result = await this.transactions.manager
      .createQueryBuilder()
      .delete()
      .from(WorkspaceEntity)
      .where('deleted_at < :deletedBefore AND volume_ref IS NULL', { deletedBefore })
      .execute();
    return result.affected ?? 0;
  }
}
