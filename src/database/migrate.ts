import { type DataSource, MigrationExecutor } from 'typeorm';

/** Of Bay alone among what may share a database: the letters BAY. */
const MIGRATION_LOCK = 0x424159;

/**
 * Brings the schema up to date. Concurrency: any number of replicas that start at once on one PostgreSQL; the first migrates under an
 * advisory lock of its connection, the others wait and find nothing to do. The lock ends with the connection, however that
 * ends. An SQLite file has one process only, which the lock of the data directory sees to.
 */
export async function migrate(source: DataSource): Promise<void> {
  if (source.options.type !== 'postgres') {
    await source.runMigrations();
    return;
  }
  const runner = source.createQueryRunner();
  try {
    // Others may be at it for long, and so may an index be.
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      const executor = new MigrationExecutor(source, runner);
      executor.transaction = 'each';
      await executor.executePendingMigrations();
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await runner.query('RESET statement_timeout');
    }
  } finally {
    await runner.release();
  }
}
