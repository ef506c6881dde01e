import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../database/columns.js';
import { type Workspace } from './workspace.js';

@Entity('workspaces')
export class WorkspaceRow implements Workspace {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar', name: 'public_id' })
  publicId!: string;

  @Column({ type: 'varchar' })
  owner!: string;

  @Column({ type: 'boolean' })
  managed!: boolean;

  @Column({ type: 'varchar', name: 'managed_by_sandbox_id', nullable: true })
  managedBySandboxId!: string | null;

  @Column({ type: 'varchar', name: 'volume_ref', nullable: true })
  volumeRef!: string | null;

  @Column({ type: 'integer', name: 'size_limit_mb', nullable: true })
  sizeLimitMb!: number | null;

  @Column(instant('created_at'))
  createdAt!: number;

  @Column(instant('last_accessed_at'))
  lastAccessedAt!: number;

  @Column(instant('deleted_at', { nullable: true }))
  deletedAt!: number | null;
}
