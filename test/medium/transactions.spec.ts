import { Transactions } from '../../src/database/transactions.js';
import { JobLeaseEntity as Rows } from '../../src/scheduling/job-lease.entity.js';
import { DATABASE, type TestDatabase, testDatabase } from '../support/database.js';

let database: TestDatabase;
beforeEach(async () => (database = await testDatabase([Rows])));
afterEach(() => database.close());

const insert = (name: string) => database.transactions.manager.insert(Rows, { name, token: null, untilMs: 0 });
const committed = async (): Promise<string[]> => {
  const rows = await database.transactions.read(() => database.transactions.manager.find(Rows));
  return rows.map(({ name }) => name).sort();
};
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const failure = new Error('on purpose');

describe('a unit of work', () => {
  it('keeps its rows beside one that rolls back in the middle of it', async () => {
    const { transactions } = database;
    const good = transactions.run(async () => {
      await insert('good-1');
      await turn();
      await insert('good-2');
    });
    const bad = transactions.run(async () => {
      await insert('bad');
      await turn();
      throw failure;
    });
    const late = transactions.run(() => insert('late'));
    await expect(bad).rejects.toBe(failure);
    await Promise.all([good, late]);
    expect(await committed()).toEqual(['good-1', 'good-2', 'late']);
  });

  it('keeps exactly the acknowledged rows of a hundred that interleave', async () => {
    const { transactions } = database;
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        transactions.run(async () => {
          await insert(`${index}-a`);
          if (index % 2) await turn();
          if (index % 3 === 0) throw failure;
          await insert(`${index}-b`);
          return index;
        }),
      ),
    );
    const acknowledged = results.flatMap((result) =>
      result.status === 'fulfilled' ? [`${result.value}-a`, `${result.value}-b`] : [],
    );
    expect(acknowledged).toHaveLength(132);
    expect(await committed()).toEqual(acknowledged.sort());
  });

  it('takes in the units that are opened inside it', async () => {
    const { transactions } = database;
    const outer = transactions.run(async () => {
      await insert('outer');
      await transactions.run(() => insert('inner'));
      await transactions.read(() => transactions.manager.find(Rows));
      throw failure;
    });
    await expect(outer).rejects.toBe(failure);
    expect(await committed()).toEqual([]);
  });

  it('hides what it has not committed from those who read meanwhile', async () => {
    const { transactions } = database;
    const unit = transactions.run(async () => {
      await insert('unseen');
      await turn();
      throw failure;
    });
    const seen = committed();
    await expect(unit).rejects.toBe(failure);
    expect(await seen).toEqual([]);
  });

  it('does not let work that outlived it write unseen', async () => {
    const { transactions } = database;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let straggler: Promise<unknown> = Promise.resolve();
    let own: Promise<unknown> = Promise.resolve();
    await transactions.run(async () => {
      straggler = gate.then(() => insert('straggler'));
      own = gate.then(() => transactions.run(() => insert('own-unit')));
    });
    release();
    await expect(straggler).rejects.toThrow('outside of Transactions.run()');
    await own;
    expect(await committed()).toEqual(['own-unit']);
  });

  it('refuses a repository outside of it', () => {
    expect(() => database.transactions.manager).toThrow('outside of Transactions.run()');
  });
});

describe('an effect after the commit', () => {
  it('happens once the rows are there', async () => {
    const { transactions } = database;
    let seen: Promise<string[]> = Promise.resolve([]);
    await transactions.run(async () => {
      transactions.afterCommit(() => (seen = committed()));
      await insert('row');
    });
    expect(await seen).toEqual(['row']);
  });

  it('does not happen after a rollback, and at once outside of a unit', async () => {
    const { transactions } = database;
    const effects: string[] = [];
    await expect(
      transactions.run(() => {
        transactions.afterCommit(() => effects.push('rolled back'));
        return Promise.reject(failure);
      }),
    ).rejects.toBe(failure);
    transactions.afterCommit(() => effects.push('outside'));
    expect(effects).toEqual(['outside']);
  });
});

describe('the queue lives on', () => {
  it('after a COMMIT that fails', async () => {
    const { transactions, dataSource } = database;
    await dataSource.query('CREATE TABLE parent (id integer PRIMARY KEY)');
    await dataSource.query('CREATE TABLE child (parent integer REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)');
    const dangling = transactions.run(() => transactions.manager.query('INSERT INTO child VALUES (1)'));
    const code = { sqlite: 'SQLITE_CONSTRAINT_FOREIGNKEY', postgres: '23503' }[DATABASE];
    await expect(dangling).rejects.toMatchObject({ code });
    await transactions.run(() => insert('after'));
    expect(await committed()).toEqual(['after']);
    expect(await transactions.read(() => transactions.manager.query('SELECT * FROM child'))).toEqual([]);
  });

  it('after a statement that ended the transaction by itself', async () => {
    const { transactions } = database;
    const ended = transactions.run(async () => {
      await insert('lost');
      await transactions.manager.query('ROLLBACK');
      throw failure;
    });
    await expect(ended).rejects.toBe(failure);
    await transactions.run(() => insert('after'));
    expect(await committed()).toEqual(['after']);
  });

  it('after a unit that waits for what never comes', async () => {
    const impatient = new Transactions(database.dataSource, 20);
    const hung = impatient.run(async () => {
      await impatient.manager.insert(Rows, { name: 'hung', token: null, untilMs: 0 });
      await new Promise(() => undefined);
    });
    const next = impatient.run(() => impatient.manager.insert(Rows, { name: 'after', token: null, untilMs: 0 }));
    await expect(hung).rejects.toThrow('over 20 ms');
    await next;
    expect(await committed()).toEqual(['after']);
  });
});
