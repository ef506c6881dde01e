import { EntitySchema } from 'typeorm';
import { instant } from '../database/columns.js';

export interface IdempotencyKeyRow {
  readonly owner: string;
  readonly key: string;
  /** UUID of the attempt that made the row. */
  readonly attempt: string;
  readonly fingerprint: string;
  /** 0: without an answer yet. From 400 on the answer is an error. */
  readonly status: number;
  /** JSON: the answer's body, the error, or what is noted of the work that is under way. */
  readonly response: string;
  readonly expiresAtMs: number;
}

export const IdempotencyKeyEntity = new EntitySchema<IdempotencyKeyRow>({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  columns: {
    owner: { type: 'varchar', length: 255, primary: true },
    key: { type: 'varchar', length: 128, primary: true },
    attempt: { type: 'varchar', length: 36 },
    fingerprint: { type: 'varchar', length: 64 },
    status: { type: 'integer' },
    response: { type: 'text' },
    expiresAtMs: instant('expires_at_ms'),
  },
});
