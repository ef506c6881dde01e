import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database } from 'better-sqlite3';
import { type DataSourceOptions } from 'typeorm';
import { type DatabaseConfig } from '../config/slices.js';

/** How long a statement waits for another process (a backup) that holds the file, ms. */
const BUSY_TIMEOUT_MS = 5000;

/** Makes the file if there is none. */
export function sqliteOptions({
  url,
}: Pick<DatabaseConfig, 'url'>): Extract<DataSourceOptions, { type: 'better-sqlite3' }> {
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
  };
}
