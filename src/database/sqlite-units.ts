import { type DataSource, type EntityManager } from 'typeorm';
import { type UnitRunner } from './units.js';

/** The part of better-sqlite3's connection that is used here. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): { run(): unknown };
}

/**
 * Units of work on SQLite, one at a time. TypeORM's driver has one connection for the whole process, so that interleaved
 * transactions would nest as savepoints and a stranger's rollback would lose acknowledged rows.
 */
export class SqliteUnits implements UnitRunner {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>, begun: () => void): Promise<T> {
    return this.inTurn(async () => {
      begun();
      const connection = this.connection();
      this.begin(connection);
      try {
        const result = await work(this.manager());
        connection.prepare('COMMIT').run();
        return result;
      } catch (error) {
        // SQLite ends a transaction by itself when the disk is full or fails: then there is nothing left to roll back.
        if (connection.inTransaction) connection.prepare('ROLLBACK').run();
        throw error;
      }
    });
  }

  /** In its turn as well: between two statements of a unit it would see what is not committed. */
  read<T>(work: (manager: EntityManager) => Promise<T>, begun: () => void): Promise<T> {
    return this.inTurn(() => {
      begun();
      return work(this.manager());
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private manager(): EntityManager {
    return this.dataSource.createQueryRunner().manager;
  }

  private begin(connection: Connection): void {
    // Left over from a rollback that failed: nothing of it was acknowledged, and it would stop every unit to come.
    if (connection.inTransaction) connection.prepare('ROLLBACK').run();
    connection.prepare('BEGIN IMMEDIATE').run();
  }

  private connection(): Connection {
    // TypeORM types the raw connection of its drivers as any; the data source is made by data-source.ts alone.
    return (this.dataSource.driver as unknown as { databaseConnection: Connection }).databaseConnection;
  }
}
