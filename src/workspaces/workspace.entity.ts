import { EntitySchema } from 'typeorm';
import { instant, varchar } from '../database/columns.js';
import { type Workspace } from './workspace.js';

export const WorkspaceEntity = new EntitySchema<Workspace>({
  name: 'Workspace',
  tableName: 'workspaces',
  columns: {
    id: { type: 'varchar', primary: true },
    publicId: varchar('public_id'),
    owner: varchar('owner'),
    managed: { type: 'boolean' },
    managedBySandboxId: varchar('managed_by_sandbox_id', { nullable: true }),
    volumeRef: varchar('volume_ref', { nullable: true }),
    sizeLimitMb: { type: 'integer', name: 'size_limit_mb', nullable: true },
    createdAt: instant('created_at'),
    lastAccessedAt: instant('last_accessed_at'),
    deletedAt: instant('deleted_at', { nullable: true }),
  },
});
