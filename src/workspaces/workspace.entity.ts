import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../database/columns.js';

/** The persistent files of sandboxes; a `cargo` on the wire. The row is there before the volume and after it. */
@Entity('workspaces')
export class Workspace {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  /** `ws-` and twelve hex digits of the id; the volume's name on the engine derives from it. */
  @Column({ type: 'varchar', name: 'public_id' })
  publicId!: string;

  @Column({ type: 'varchar' })
  owner!: string;

  /** Made with a sandbox and removed with it. */
  @Column({ type: 'boolean' })
  managed!: boolean;

  @Column({ type: 'varchar', name: 'managed_by_sandbox_id', nullable: true })
  managedBySandboxId!: string | null;

  /** The driver's reference; null until the first start made the volume. */
  @Column({ type: 'varchar', name: 'volume_ref', nullable: true })
  volumeRef!: string | null;

  @Column({ type: 'integer', name: 'size_limit_mb', nullable: true })
  sizeLimitMb!: number | null;

  @Column(instant('created_at'))
  createdAt!: number;

  @Column(instant('last_accessed_at'))
  lastAccessedAt!: number;

  /** A tombstone: the volume may be removed, and nothing may start on it any more. */
  @Column(instant('deleted_at', { nullable: true }))
  deletedAt!: number | null;
}
