import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { codeOf } from '../shared/error-code.js';

/**
 * Keeps a second Bay off a data directory. The lock is the kernel's own on an SQLite file: it ends with the process,
 * however that ends, so there is nothing stale to judge.
 */
export class DataDirLock {
  private constructor(private readonly database: Database.Database) {}

  /** `undefined`: another process holds it. */
  static take(dataDir: string): DataDirLock | undefined {
    const directory = join(dataDir, 'run');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const database = new Database(join(directory, 'lock.db'), { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return new DataDirLock(database);
    } catch (error) {
      database.close();
      if (codeOf(error)?.startsWith('SQLITE_BUSY')) return undefined;
      throw error;
    }
  }

  release(): void {
    this.database.close();
  }
}
