import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../database/columns.js';

/** What the owner wants. Written without the lease; every change raises `generation`. */
export type DesiredState = 'stopped' | 'running' | 'deleted';

/**
 * What was last seen, for `observed_generation`.
 * - `none`: nothing was started yet
 * - `starting`: a session is being brought up
 * - `running`: its agent answered
 * - `stopped`, `deleted`: nothing of it is left on the engine (volumes of deleted ones included)
 * - `failed`: the start did not work; `failure_*` say why
 * - `lost`: it ran, and ended without being asked to
 */
export type ObservedState = 'none' | 'starting' | 'running' | 'stopped' | 'failed' | 'lost' | 'deleted';

@Entity('sandboxes')
export class Sandbox {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  /** What `/v1` shows: `sandbox-` and twelve hex digits of the id. */
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

  /** The session that is not yet ended; null when nothing of any session is left on the engine. */
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

  /** Null: lives until it is deleted. */
  @Column(instant('expires_at', { nullable: true }))
  expiresAt!: number | null;

  /** Null while nothing runs that could be idle. */
  @Column(instant('idle_expires_at', { nullable: true }))
  idleExpiresAt!: number | null;

  @Column(instant('deleted_at', { nullable: true }))
  deletedAt!: number | null;

  @Column({ type: 'varchar', name: 'lease_token', nullable: true })
  leaseToken!: string | null;

  @Column(instant('lease_until', { nullable: true }))
  leaseUntil!: number | null;
}
