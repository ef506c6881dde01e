import { EntitySchema } from 'typeorm';
import { instant, varchar } from '../database/columns.js';
import { type HistoryPayload } from './history-entry.js';

export const HistoryPayloadEntity = new EntitySchema<HistoryPayload>({
  name: 'HistoryPayload',
  tableName: 'history_payloads',
  columns: {
    id: { type: 'varchar', primary: true },
    owner: varchar('owner'),
    executionId: varchar('execution_id'),
    sandboxId: varchar('sandbox_id'),
    content: { type: 'text' },
    createdAt: instant('created_at'),
  },
});
