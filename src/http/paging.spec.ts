import { BayError } from '../shared/errors.js';
import { decodeCursor, encodeCursor, pageOf, type Position } from './paging.js';

const at = (createdAtMs: number): Position => ({ createdAtMs, id: `0123-${createdAtMs}` });
const shape = { show: (row: Position) => row.createdAtMs, position: (row: Position) => row };

describe('a cursor', () => {
  it('leads back to its position', () => expect(decodeCursor(encodeCursor(at(42)))).toEqual(at(42)));

  it.each([undefined, ''])('of %p is the first page', (cursor) => expect(decodeCursor(cursor)).toBeUndefined());

  it.each([
    'x',
    'sandbox-0123456789ab',
    'MTox',
    '!!!',
    Buffer.from("1:1:' OR 1=1").toString('base64url'),
    Buffer.from('1:9999999999999999:a').toString('base64url'),
  ])('%p is refused', (cursor) => expect(() => decodeCursor(cursor)).toThrow(BayError));
});

describe('a page', () => {
  it('has a cursor at its last item while there is more', () => {
    const page = pageOf([at(3), at(2), at(1)], 2, shape);
    expect(page.items).toEqual([3, 2]);
    expect(decodeCursor(page.next_cursor ?? undefined)).toEqual(at(2));
  });

  it('has none at the end', () => {
    expect(pageOf([at(2), at(1)], 2, shape)).toEqual({ items: [2, 1], next_cursor: null });
    expect(pageOf([], 2, shape)).toEqual({ items: [], next_cursor: null });
  });
});
