import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../database/columns.js';
import { type DesiredState, type ObservedState, type Sandbox } from './sandbox.js';

@Entity('sandboxes')
export class SandboxRow implements Sandbox {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar', name: 'public_id' })
  publicId!: string;

  @Column({ type: 'varchar' })
  owner!: string;

  @Column({ type: 'varchar', name: 'profile_id' })
  profileId!: string;

  @Column({ type: 'varchar', name: 'workspace_id' })
  workspaceId!: string;

  @Column({ type: 'varchar', name: 'desired_state' })
  desiredState!: DesiredState;

  @Column({ type: 'integer' })
  generation!: number;

  @Column({ type: 'varchar', name: 'observed_state' })
  observedState!: ObservedState;

  @Column({ type: 'integer', name: 'observed_generation' })
  observedGeneration!: number;

  @Column({ type: 'varchar', name: 'session_id', nullable: true })
  sessionId!: string | null;

  @Column({ type: 'varchar', name: 'failure_code', nullable: true })
  failureCode!: string | null;

  @Column({ type: 'text', name: 'failure_message', nullable: true })
  failureMessage!: string | null;

  @Column(instant('created_at'))
  createdAt!: number;

  @Column(instant('last_active_at'))
  lastActiveAt!: number;

  @Column(instant('expires_at', { nullable: true }))
  expiresAt!: number | null;

  @Column(instant('idle_expires_at', { nullable: true }))
  idleExpiresAt!: number | null;

  @Column(instant('deleted_at', { nullable: true }))
  deletedAt!: number | null;

  @Column({ type: 'varchar', name: 'lease_token', nullable: true })
  leaseToken!: string | null;

  @Column(instant('lease_until', { nullable: true }))
  leaseUntil!: number | null;
}
