import { DataSource, type DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import { type DatabaseConfig } from '../config/slices.js';
import { codeOf } from '../shared/error-code.js';
import { BayError } from '../shared/errors.js';
import { migrate } from './migrate.js';
import { postgresOptions } from './postgres-options.js';
import { sqliteOptions } from './sqlite-options.js';

/** What both databases have in common. The schema is made by migrations alone. */
const COMMON = {
  synchronize: false,
  migrations: MIGRATIONS,
  migrationsRun: false,
  migrationsTransactionMode: 'each',
  logging: false,
} as const satisfies Partial<DataSourceOptions>;

export const dataSourceOptions = (config: DatabaseConfig): DataSourceOptions => ({
  ...COMMON,
  ...(config.kind === 'sqlite' ? sqliteOptions(config) : postgresOptions(config)),
});

/** The database, connected and migrated. Throws `database_unavailable` where PostgreSQL does not let Bay in. */
export async function openDatabase(options: DataSourceOptions): Promise<DataSource> {
  const source = await connect(options);
  try {
    await migrate(source);
    return source;
  } catch (error) {
    await source.destroy();
    throw error;
  }
}

async function connect(options: DataSourceOptions): Promise<DataSource> {
  try {
    return await new DataSource(options).initialize();
  } catch (cause) {
    if (options.type !== 'postgres') throw cause;
    // Of what several addresses of one name said, Node makes an error without a message.
    const said = codeOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new BayError('database_unavailable', `PostgreSQL does not let Bay in (${said}). Look at database.url.`, {
      cause,
    });
  }
}
