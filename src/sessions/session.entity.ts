import { EntitySchema } from 'typeorm';
import { instant, varchar } from '../database/columns.js';
import { type Session } from './session.js';

export const SessionEntity = new EntitySchema<Session>({
  name: 'Session',
  tableName: 'sessions',
  columns: {
    id: { type: 'varchar', primary: true },
    sandboxId: varchar('sandbox_id'),
    generation: { type: 'integer' },
    state: varchar('state'),
    handle: { type: 'text', nullable: true },
    endpoint: { type: 'text', nullable: true },
    createdAt: instant('created_at'),
    readyAt: instant('ready_at', { nullable: true }),
    endedAt: instant('ended_at', { nullable: true }),
  },
});
