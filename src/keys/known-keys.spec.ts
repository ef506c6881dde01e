import { ManualClock } from '../../test/support/manual-clock.js';
import { type Transactions } from '../database/transactions.js';
import { type ApiKey, hashOf } from './api-key.js';
import { type KeysRepository } from './keys.repository.js';
import { KnownKeys } from './known-keys.js';

const keyOf = (count: number): string => `sk-bay-${count.toString(16).padStart(64, '0')}`;
const KEY = keyOf(1);

/** A table in memory that counts what it is asked. */
class Table {
  readonly rows = new Map<string, ApiKey>();
  reads = 0;
  writes = 0;
  /** Reads wait for it, with what they have read. */
  gate: Promise<void> = Promise.resolve();

  add(key: string): void {
    const hash = hashOf(key);
    this.rows.set(hash, { id: hash, hash, lastUsedAt: null } as ApiKey);
  }

  async findByHash(hash: string): Promise<ApiKey | null> {
    this.reads += 1;
    const row = this.rows.get(hash) ?? null;
    await this.gate;
    return row;
  }

  async markUsed(id: string, at: number): Promise<void> {
    this.writes += 1;
    const row = this.rows.get(id);
    if (row) this.rows.set(id, { ...row, lastUsedAt: at });
  }
}

const setUp = () => {
  const table = new Table();
  const clock = new ManualClock();
  const transactions = { read: (work: () => unknown) => work(), run: (work: () => unknown) => work() };
  const known = new KnownKeys(transactions as unknown as Transactions, table as unknown as KeysRepository, clock);
  table.add(KEY);
  return { table, clock, known };
};

it('asks once a second, however often the key comes, and answers the rest without waiting', async () => {
  const { table, clock, known } = setUp();
  await Promise.all(Array.from({ length: 100 }, () => known.find(KEY)));
  expect(table.reads).toBe(1);
  clock.advance(999);
  expect(known.find(KEY)).toMatchObject({ hash: hashOf(KEY) });
  clock.advance(1);
  await known.find(KEY);
  expect(table.reads).toBe(2);
});

it('counts the second from before the look-up, so that a slow one makes nothing older than that', async () => {
  const { table, clock, known } = setUp();
  let open = (): void => undefined;
  table.gate = new Promise((resolve) => (open = resolve));
  const looked = known.find(KEY);
  clock.advance(1000);
  open();
  await looked;
  await known.find(KEY);
  expect(table.reads).toBe(2);
});

it('believes nothing that a clock which was set back calls fresh', async () => {
  const { table, clock, known } = setUp();
  await known.find(KEY);
  clock.advance(-1);
  await known.find(KEY);
  expect(table.reads).toBe(2);
});

it('sees within a second what another replica removed', async () => {
  const { table, clock, known } = setUp();
  await known.find(KEY);
  table.rows.clear();
  clock.advance(1000);
  expect(await known.find(KEY)).toBeNull();
});

it('forgets at once, also what is being looked up', async () => {
  const { table, known } = setUp();
  let open = (): void => undefined;
  table.gate = new Promise((resolve) => (open = resolve));
  const before = known.find(KEY);
  table.rows.clear();
  known.forget(hashOf(KEY));
  const after = known.find(KEY);
  open();
  expect(await before).not.toBeNull();
  expect(await after).toBeNull();
  expect(await known.find(KEY)).toBeNull();
});

it('asks nobody about what is no key of Bay', () => {
  const { table, known } = setUp();
  for (const text of ['', 'sk-bay-1', 'x'.repeat(71), `${KEY}0`, KEY.toUpperCase()])
    expect(known.find(text)).toBeNull();
  expect(table.reads).toBe(0);
});

it('holds no more than a thousand rows: those that were read last', async () => {
  const { table, known } = setUp();
  for (let count = 1; count <= 1001; count += 1) {
    table.add(keyOf(count));
    await known.find(keyOf(count));
  }
  expect(known.find(keyOf(2))).not.toBeInstanceOf(Promise);
  expect(known.find(keyOf(1))).toBeInstanceOf(Promise);
});

it('holds nothing of keys that there are not', async () => {
  const { table, known } = setUp();
  expect(await known.find(keyOf(2))).toBeNull();
  table.add(keyOf(2));
  expect(await known.find(keyOf(2))).not.toBeNull();
});

it('notes the use of a key once a minute', async () => {
  const { table, clock, known } = setUp();
  for (let second = 0; second < 60; second += 1) {
    await known.find(KEY);
    clock.advance(1000);
  }
  expect(table.writes).toBe(1);
  await known.find(KEY);
  expect(table.writes).toBe(2);
});

it('lets a look-up that failed be tried again', async () => {
  const { table, known } = setUp();
  table.gate = Promise.reject(new Error('The disk is full.'));
  await expect(known.find(KEY)).rejects.toThrow('full');
  table.gate = Promise.resolve();
  expect(await known.find(KEY)).not.toBeNull();
});
