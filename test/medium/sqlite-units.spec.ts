import { JobLeaseEntity as Rows } from '../../src/scheduling/job-lease.entity.js';
import { type TestDatabase, testDatabase } from '../support/database.js';

/** What is true of SQLite alone; the rest is in `transactions.spec.ts`. */
let database: TestDatabase;
beforeEach(async () => (database = await testDatabase([Rows])));
afterEach(() => database.close());

it('a unit begins anew after a transaction that somebody left open', async () => {
  const { transactions, dataSource } = database;
  await dataSource.query('BEGIN');
  await dataSource.query("INSERT INTO job_leases (name) VALUES ('left open')");
  await transactions.run(() => transactions.manager.insert(Rows, { name: 'after', token: null, untilMs: 0 }));
  expect(await dataSource.manager.find(Rows)).toMatchObject([{ name: 'after' }]);
});

it('the database runs in WAL with the settings that were meant', async () => {
  const { transactions } = database;
  const pragma = async (name: string): Promise<unknown> => {
    const [row] = await transactions.read(() =>
      transactions.manager.query<Record<string, unknown>[]>(`PRAGMA ${name}`),
    );
    return Object.values(row ?? {})[0];
  };
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(1);
  expect(await pragma('foreign_keys')).toBe(1);
  expect(await pragma('busy_timeout')).toBe(5000);
});
