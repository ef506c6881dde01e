import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database } from 'better-sqlite3';
import { type DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import { BayError } from '../shared/errors.js';

/** How long a statement waits for another process (a backup) that holds the file, ms. */
const BUSY_TIMEOUT_MS = 5000;

/** The scheme picks the database; SQLite is the only one so far. */
export function dataSourceOptions(url: string): DataSourceOptions {
  if (!url.startsWith('sqlite:')) throw new BayError('internal_error', 'The only database of this version is SQLite.');
  const file = url.slice('sqlite:'.length);
  // SQLite gives its own files the mode of this one.
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  return {
    type: 'better-sqlite3',
    database: file,
    enableWAL: true,
    timeout: BUSY_TIMEOUT_MS,
    statementCacheSize: 500,
    prepareDatabase: (database: Database) => {
      // With WAL a power cut may lose the last commits and never corrupts; a crash of Bay loses nothing.
      database.pragma('synchronous = NORMAL');
    },
    synchronize: false,
    migrations: MIGRATIONS,
    migrationsRun: true,
    migrationsTransactionMode: 'each',
    logging: false,
  };
}
