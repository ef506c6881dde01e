import { EntitySchema } from 'typeorm';
import { instant } from './columns.js';

export interface InstallationRow {
  /** Always 1: there is one row. */
  readonly singleton: number;
  readonly id: string;
  readonly createdAtMs: number;
}

export const InstallationEntity = new EntitySchema<InstallationRow>({
  name: 'Installation',
  tableName: 'installation',
  columns: {
    singleton: { type: 'integer', primary: true },
    id: { type: 'varchar', length: 36 },
    createdAtMs: instant('created_at_ms'),
  },
});
