import { EntitySchema } from 'typeorm';

/** Holds nothing: writing the row makes other units wait. */
export interface QuotaLockRow {
  /** `installation`, or `owner:` and a name. */
  readonly id: string;
  readonly taken: number;
}

export const QuotaLockEntity = new EntitySchema<QuotaLockRow>({
  name: 'QuotaLock',
  tableName: 'quota_locks',
  columns: {
    id: { type: 'varchar', primary: true },
    taken: { type: 'integer' },
  },
});
