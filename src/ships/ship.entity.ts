import { EntitySchema } from 'typeorm';
import { instant, varchar } from '../database/columns.js';
import { type Ship } from './ship.js';

export const ShipEntity = new EntitySchema<Ship>({
  name: 'Ship',
  tableName: 'ships',
  columns: {
    sandboxId: { type: 'varchar', name: 'sandbox_id', primary: true },
    owner: varchar('owner'),
    sessionId: varchar('session_id', { nullable: true }),
    isCurrent: { type: 'boolean', name: 'is_current' },
    createdAt: instant('created_at'),
  },
});
