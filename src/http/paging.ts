import { BayError } from '../shared/errors.js';
import { IntField, TextField } from './fields.js';

/** Where a page ends: lists are ordered by creation, ties by id. */
export interface Position {
  readonly createdAtMs: number;
  readonly id: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; `null` on the last page. */
  readonly next_cursor: string | null;
}

/** The part of a query that goes on behind a page. */
export class CursorQuery {
  @TextField({
    optional: true,
    maxLength: 512,
    description: '`next_cursor` of the page before.',
    example: 'MToxNzYzODMwODQ5NjU0OjAxMjM',
  })
  cursor?: string;
}

/** Query of most lists. */
export class PageQuery extends CursorQuery {
  @IntField({ optional: true, min: 1, max: 200, default: 50, description: 'How many items at most.' })
  limit = 50;
}

export const encodeCursor = ({ createdAtMs, id }: Position): string =>
  Buffer.from(`1:${createdAtMs}:${id}`).toString('base64url');

const CURSOR = /^1:(\d{1,16}):([A-Za-z0-9_-]{1,64})$/;

/** Of an absent or empty cursor: `undefined`, the first page. */
export function decodeCursor(cursor: string | undefined): Position | undefined {
  if (!cursor) return undefined;
  const [, createdAt, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  const createdAtMs = Number(createdAt);
  if (id === undefined || !Number.isSafeInteger(createdAtMs)) {
    throw new BayError('validation_error', 'The cursor is not one that a list gave out. Start again without it.', {
      details: { field: 'cursor' },
    });
  }
  return { createdAtMs, id };
}

/** The page of `rows`, of which one more than `limit` was asked for. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  shape: { show: (row: R) => T; position: (row: R) => Position },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(shape.show),
    next_cursor: rows.length > limit && last !== undefined ? encodeCursor(shape.position(last)) : null,
  };
}
