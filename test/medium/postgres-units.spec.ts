import { isUniqueViolation } from '../../src/database/sql-state.js';
import { Transactions } from '../../src/database/transactions.js';
import { JobLeaseEntity as Rows } from '../../src/scheduling/job-lease.entity.js';
import { type TestDatabase, testDatabase } from '../support/database.js';

/** What is true of PostgreSQL alone; the rest is in `transactions.spec.ts`. */
let database: TestDatabase;
beforeEach(async () => (database = await testDatabase([Rows])));
afterEach(() => database.close());

const row = (name: string) => ({ name, token: null, untilMs: 0 });
const insert = (name: string) => database.transactions.manager.insert(Rows, row(name));
const lock = (name: string) => database.transactions.manager.update(Rows, { name }, { token: name });
const names = async () => (await database.dataSource.manager.find(Rows)).map(({ name }) => name).sort();
/** As PostgreSQL itself would say it. */
const raise = (state: string) =>
  database.transactions.manager.query(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${state}'; END $$`);

describe('a unit that collided with another', () => {
  it('is run again: two that lock two rows in opposite orders both commit', async () => {
    const { transactions } = database;
    await transactions.run(async () => {
      await insert('a');
      await insert('b');
    });
    let arrived = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const crossing = (first: string, second: string) =>
      transactions.run(async () => {
        await lock(first);
        if ((arrived += 1) === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await lock(second);
        return first;
      });
    expect(await Promise.all([crossing('a', 'b'), crossing('b', 'a')])).toEqual(['a', 'b']);
    expect(arrived).toBe(3);
  });

  it.each(['40001', '40P01'])(
    'is run again a few times and no more (%s), and its effects happen once',
    async (state) => {
      const { transactions } = database;
      const effects: number[] = [];
      let attempts = 0;
      const colliding = (times: number) =>
        transactions.run(async () => {
          attempts += 1;
          const attempt = attempts;
          transactions.afterCommit(() => effects.push(attempt));
          await insert(`of ${times}`);
          if (attempts <= times) await raise(state);
        });
      await colliding(2);
      expect([attempts, effects, await names()]).toEqual([3, [3], ['of 2']]);
      attempts = 0;
      await expect(colliding(Infinity)).rejects.toMatchObject({ code: state });
      expect(attempts).toBe(6);
    },
  );
});

describe('a unit is refused', () => {
  it('when it goes on after a statement of it has failed: nothing of it is committed', async () => {
    const { transactions } = database;
    const careless = transactions.run(async () => {
      await insert('lost');
      await raise('22012').catch(() => undefined);
      return 'done';
    });
    await expect(careless).rejects.toThrow('went on after a statement of it had failed');
    expect(await names()).toEqual([]);
  });

  it('with the code of a unique key, which is known as one', async () => {
    await database.transactions.run(() => insert('twice'));
    const second = database.transactions.run(() => insert('twice'));
    expect(isUniqueViolation(await second.catch((error: unknown) => error))).toBe(true);
  });

  it('as database_unavailable when its connection ends, and the next one works', async () => {
    const { transactions } = database;
    const other = await database.another();
    const cut = transactions.run(async () => {
      await insert('cut off');
      const [{ pid }] = (await transactions.manager.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
      await other.dataSource.query('SELECT pg_terminate_backend($1)', [pid]);
      await insert('never');
    });
    await expect(cut).rejects.toMatchObject({ code: 'database_unavailable' });
    await transactions.run(() => insert('after'));
    expect(await names()).toEqual(['after']);
  });
});

describe('connections', () => {
  it('are given back by units that fail, hang or are read-only: many more than there are connections', async () => {
    const impatient = new Transactions(database.dataSource, 50);
    const units = Array.from({ length: 40 }, (_, index) => {
      if (index % 4 === 0) return impatient.run(() => new Promise(() => undefined));
      if (index % 4 === 1) return impatient.run(() => Promise.reject(new Error('on purpose')));
      return impatient.read(() => impatient.manager.find(Rows));
    });
    const outcomes = await Promise.allSettled(units);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    await database.transactions.run(() => insert('after'));
    expect(await names()).toEqual(['after']);
  });

  it('have the settings that were meant', async () => {
    const show = async (name: string) => Object.values((await database.dataSource.query(`SHOW ${name}`))[0])[0];
    expect(await show('statement_timeout')).toBe('15s');
    expect(await show('idle_in_transaction_session_timeout')).toBe('1min');
    expect(await show('application_name')).toBe('bay');
    expect(await show('transaction_isolation')).toBe('read committed');
  });
});
