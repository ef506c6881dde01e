import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../database/columns.js';

export type SessionState = 'starting' | 'running' | 'ended';

/** The running side of a sandbox: one group on the engine. Each start is a new row with a new id. */
@Entity('sessions')
export class Session {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar', name: 'sandbox_id' })
  sandboxId!: string;

  /** The sandbox's generation that asked for it. */
  @Column({ type: 'integer' })
  generation!: number;

  @Column({ type: 'varchar' })
  state!: SessionState;

  /** The driver's handle as JSON; null until the driver made something. */
  @Column({ type: 'text', nullable: true })
  handle!: string | null;

  /** Where the primary member's agent answers, as JSON; null until it runs. */
  @Column({ type: 'text', nullable: true })
  endpoint!: string | null;

  /** What the agent said of itself when it was ready. */
  @Column({ type: 'varchar', name: 'agent_version', nullable: true })
  agentVersion!: string | null;

  @Column(instant('created_at'))
  createdAt!: number;

  @Column(instant('ready_at', { nullable: true }))
  readyAt!: number | null;

  @Column(instant('ended_at', { nullable: true }))
  endedAt!: number | null;
}
