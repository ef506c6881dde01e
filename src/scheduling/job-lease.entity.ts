import { EntitySchema } from 'typeorm';
import { instant } from '../database/columns.js';

export interface JobLeaseRow {
  readonly name: string;
  /** Of the holder; `null` when it gave the lease back. */
  readonly token: string | null;
  readonly untilMs: number;
}

export const JobLeaseEntity = new EntitySchema<JobLeaseRow>({
  name: 'JobLease',
  tableName: 'job_leases',
  columns: {
    name: { type: 'varchar', length: 100, primary: true },
    token: { type: 'varchar', length: 36, nullable: true },
    untilMs: instant('until_ms'),
  },
});
