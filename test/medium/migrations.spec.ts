import { statSync } from 'node:fs';
import { MIGRATIONS } from '../../migrations/index.js';
import { dataSourceOptions, openDatabase } from '../../src/database/data-source.js';
import { DATABASE, testDatabase } from '../support/database.js';
import { createBarePostgres, postgresConfig } from '../support/postgres.js';

const OWN_TABLES = {
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  postgres: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
};

describe('the migrations', () => {
  it('run up, down and up again on a fresh file', async () => {
    const database = await testDatabase([]);
    const { dataSource: source } = database;
    const tables = async (): Promise<string[]> => {
      const rows = await source.query<{ name: string }[]>(OWN_TABLES[DATABASE]);
      return rows
        .map(({ name }) => name)
        .filter((name) => name !== 'migrations')
        .sort();
    };
    const migrated = await tables();
    expect(migrated).toEqual(expect.arrayContaining(['idempotency_keys', 'installation', 'job_leases']));
    for (let undone = 0; undone < MIGRATIONS.length; undone += 1) await source.undoLastMigration();
    expect(await tables()).toEqual([]);
    expect(await source.runMigrations()).toHaveLength(MIGRATIONS.length);
    expect(await tables()).toEqual(migrated);
    await database.close();
  });

  it('are listed in the order in which they run', () => {
    const stamps = MIGRATIONS.map(({ name }) => Number(/\d+$/.exec(name)?.[0]));
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });

  if (DATABASE === 'sqlite') {
    it('make a file that nobody else can read', async () => {
      const database = await testDatabase([]);
      expect(statSync(String(database.dataSource.options.database)).mode & 0o777).toBe(0o600);
      await database.close();
    });
  } else {
    it('run once when several replicas start on an empty database at once', async () => {
      const empty = await createBarePostgres();
      const open = () => openDatabase(dataSourceOptions(postgresConfig(empty.url)));
      const sources = await Promise.all(Array.from({ length: 5 }, open));
      const [first] = sources;
      const rows = await first!.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
      expect(rows.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name));
      for (const source of sources) await source.destroy();
      await empty.drop();
    });
  }
});
