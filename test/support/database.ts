import { type DataSource, type DataSourceOptions } from 'typeorm';
import { type DatabaseConfig, type DatabaseKind } from '../../src/config/slices.js';
import { dataSourceOptions, openDatabase } from '../../src/database/data-source.js';
import { Transactions } from '../../src/database/transactions.js';
import { createPostgres, postgresConfig } from './postgres.js';
import { tempDir } from './temp-dir.js';

/** Which database the suites of this project of Jest run on. */
export const DATABASE: DatabaseKind = process.env['BAY_TEST_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite';

export interface TestDatabase {
  readonly dataSource: DataSource;
  readonly transactions: Transactions;
  /** As another process on the same rows. */
  another(): Promise<Pick<TestDatabase, 'dataSource' | 'transactions'>>;
  close(): Promise<void>;
}

/** A fresh, migrated database of the kind under test, with the same options as in production. */
export async function testDatabase(entities: DataSourceOptions['entities']): Promise<TestDatabase> {
  const place = await testPlace();
  const opened: DataSource[] = [];
  const another = async () => {
    // TypeORM's union of options cannot be spread by the compiler.
    const options = { ...dataSourceOptions(place.config), ...(entities ? { entities } : {}) } as DataSourceOptions;
    const dataSource = await openDatabase(options);
    opened.push(dataSource);
    return { dataSource, transactions: new Transactions(dataSource) };
  };
  const first = await another();
  const close = async (): Promise<void> => {
    for (const dataSource of opened) await dataSource.destroy();
    await place.remove();
  };
  return { ...first, another, close };
}

interface TestPlace {
  readonly config: DatabaseConfig;
  /** For a Bay that is to run on it. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Where a database of the kind under test is or may be made. */
export async function testPlace(): Promise<TestPlace> {
  if (DATABASE === 'postgres') {
    const { url, drop } = await createPostgres();
    return { config: postgresConfig(url), env: { DATABASE_URL: url, BAY_INSTANCE_KEY: 'ab'.repeat(32) }, remove: drop };
  }
  const dir = tempDir();
  const url = `sqlite:${dir.path}/bay.db`;
  return { config: sqliteConfig(url), env: { DATABASE_URL: url }, remove: async () => dir.remove() };
}

export const sqliteConfig = (url: string): DatabaseConfig => ({ ...postgresConfig(url), kind: 'sqlite' });
