import { statSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { tempDir } from '../support/temp-dir.js';

const dir = tempDir();
afterAll(() => dir.remove());

describe('the migrations', () => {
  it('run up, down and up again on a fresh file', async () => {
    const file = `${dir.path}/bay.db`;
    const source = await new DataSource(dataSourceOptions(`sqlite:${file}`)).initialize();
    const tables = async (): Promise<string[]> => {
      const rows = await source.query<{ name: string }[]>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations' ORDER BY name",
      );
      return rows.map(({ name }) => name);
    };
    const migrated = await tables();
    expect(migrated).toEqual(expect.arrayContaining(['idempotency_keys', 'installation', 'job_leases']));
    for (let undone = 0; undone < MIGRATIONS.length; undone += 1) await source.undoLastMigration();
    expect(await tables()).toEqual([]);
    expect(await source.runMigrations()).toHaveLength(MIGRATIONS.length);
    expect(await tables()).toEqual(migrated);
    await source.destroy();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are listed in the order in which they run', () => {
    const stamps = MIGRATIONS.map(({ name }) => Number(/\d+$/.exec(name)?.[0]));
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });
});
