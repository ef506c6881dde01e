import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../database/columns.js';
import { type Session, type SessionState } from './session.js';

@Entity('sessions')
export class SessionRow implements Session {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'varchar', name: 'sandbox_id' })
  sandboxId!: string;

  @Column({ type: 'integer' })
  generation!: number;

  @Column({ type: 'varchar' })
  state!: SessionState;

  @Column({ type: 'text', nullable: true })
  handle!: string | null;

  @Column({ type: 'text', nullable: true })
  endpoint!: string | null;

  @Column({ type: 'varchar', name: 'agent_version', nullable: true })
  agentVersion!: string | null;

  @Column(instant('created_at'))
  createdAt!: number;

  @Column(instant('ready_at', { nullable: true }))
  readyAt!: number | null;

  @Column(instant('ended_at', { nullable: true }))
  endedAt!: number | null;
}
