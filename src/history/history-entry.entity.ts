import { EntitySchema } from 'typeorm';
import { instant, varchar } from '../database/columns.js';
import { type HistoryEntry } from './history-entry.js';

export const HistoryEntryEntity = new EntitySchema<HistoryEntry>({
  name: 'HistoryEntry',
  tableName: 'execution_history',
  columns: {
    id: { type: 'varchar', primary: true },
    publicId: varchar('public_id'),
    owner: varchar('owner'),
    sandboxId: varchar('sandbox_id'),
    sessionId: varchar('session_id', { nullable: true }),
    execType: varchar('exec_type'),
    code: { type: 'text' },
    success: { type: 'boolean' },
    executionTimeMs: { type: 'integer', name: 'execution_time_ms' },
    output: { type: 'text', nullable: true },
    error: { type: 'text', nullable: true },
    payloadRef: varchar('payload_ref', { nullable: true }),
    description: { type: 'text', nullable: true },
    tags: { type: 'text', nullable: true },
    notes: { type: 'text', nullable: true },
    createdAt: instant('created_at'),
  },
});
