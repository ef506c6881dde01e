import { DataSource, type DataSourceOptions } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Transactions } from '../../src/database/transactions.js';
import { tempDir } from './temp-dir.js';

export interface TestDatabase {
  readonly dataSource: DataSource;
  readonly transactions: Transactions;
  close(): Promise<void>;
}

/** A fresh, migrated SQLite file with the same options as in production. */
export async function testDatabase(entities: DataSourceOptions['entities']): Promise<TestDatabase> {
  const dir = tempDir();
  const options = { ...dataSourceOptions(`sqlite:${dir.path}/bay.db`), ...(entities ? { entities } : {}) };
  const dataSource = await new DataSource(options as DataSourceOptions).initialize();
  const close = async (): Promise<void> => {
    await dataSource.destroy();
    dir.remove();
  };
  return { dataSource, transactions: new Transactions(dataSource), close };
}
