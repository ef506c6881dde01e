import { AsyncLocalStorage } from 'node:async_hooks';
import { type DataSource, type EntityManager } from 'typeorm';

/** A unit that takes longer waits for something that has no place in it; it is given up so that the others go on, ms. */
const UNIT_DEADLINE_MS = 30_000;

/** Told of every unit: that it waits, and how long it waited and ran. */
export interface UnitObserver {
  unitQueued(): void;
  unitEnded(kind: 'read' | 'write', waitMs: number, runMs: number): void;
}

/** One BEGIN…COMMIT. What outlives its unit (a promise that nobody awaited) finds it closed and does not write unseen. */
interface Unit {
  readonly manager: EntityManager;
  readonly afterCommit: (() => void)[];
  isOpen: boolean;
}

/** The part of better-sqlite3's connection that is used here. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): { run(): unknown };
}

/**
 * The only way to the database. Concurrency: any number of callers.
 *
 * TypeORM's SQLite driver has one connection for the whole process, so that interleaved transactions would nest as
 * savepoints and a stranger's rollback would lose acknowledged rows. Units of work therefore run one at a time there, each
 * in BEGIN IMMEDIATE. A unit inside a unit joins it. No HTTP and no engine call belongs inside: it would stop the house.
 */
export class Transactions {
  private readonly current = new AsyncLocalStorage<Unit>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly unitDeadlineMs = UNIT_DEADLINE_MS,
    private readonly observer: UnitObserver | null = null,
  ) {}

  /** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.enqueue(work, true);
  }

  /**
   * Like `run`, without a transaction: for work that only selects. It sees only what is committed, since it waits for its
   * turn like every unit; statements that change rows would be committed one by one.
   */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.enqueue(work, false);
  }

  /**
   * Calls `effect` once the unit that the caller runs in has committed, never if it rolls back; outside of a unit, at once.
   * It starts things (wakes a reconciler); it is not awaited and must not throw.
   */
  afterCommit(effect: () => void): void {
    const unit = this.current.getStore();
    if (unit?.isOpen) unit.afterCommit.push(effect);
    else effect();
  }

  /** The manager of the unit that the caller runs in. Throws outside of one. */
  get manager(): EntityManager {
    const unit = this.current.getStore();
    if (!unit?.isOpen) throw new Error('A repository was called outside of Transactions.run().');
    return unit.manager;
  }

  private enqueue<T>(work: () => Promise<T>, isTransaction: boolean): Promise<T> {
    if (this.current.getStore()?.isOpen) return work();
    const queuedAt = performance.now();
    this.observer?.unitQueued();
    const done = this.last.then(() => this.observed(work, isTransaction, queuedAt));
    this.last = done.catch(() => undefined);
    return done;
  }

  private async observed<T>(work: () => Promise<T>, isTransaction: boolean, queuedAt: number): Promise<T> {
    const begunAt = performance.now();
    try {
      return await this.unit(work, isTransaction);
    } finally {
      const kind = isTransaction ? 'write' : 'read';
      this.observer?.unitEnded(kind, begunAt - queuedAt, performance.now() - begunAt);
    }
  }

  private async unit<T>(work: () => Promise<T>, isTransaction: boolean): Promise<T> {
    const connection = this.connection();
    const unit: Unit = { manager: this.dataSource.createQueryRunner().manager, afterCommit: [], isOpen: true };
    if (isTransaction) this.begin(connection);
    let result: T;
    try {
      result = await this.inTime(this.current.run(unit, work));
      if (isTransaction) connection.prepare('COMMIT').run();
    } catch (error) {
      // SQLite ends a transaction by itself when the disk is full or fails: then there is nothing left to roll back.
      if (connection.inTransaction) connection.prepare('ROLLBACK').run();
      throw error;
    } finally {
      unit.isOpen = false;
    }
    // Outside of the unit's context, so that an effect's own units do not look for the closed one.
    for (const effect of unit.afterCommit) this.current.exit(effect);
    return result;
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`A unit of work took over ${this.unitDeadlineMs} ms.`)),
        this.unitDeadlineMs,
      );
      work.then(resolve, reject).finally(() => clearTimeout(late));
    });
  }

  private begin(connection: Connection): void {
    // Left over from a rollback that failed: nothing of it was acknowledged, and it would stop every unit to come.
    if (connection.inTransaction) connection.prepare('ROLLBACK').run();
    connection.prepare('BEGIN IMMEDIATE').run();
  }

  private connection(): Connection {
    // TypeORM types the raw connection of its drivers as any; the data source is made by database.module.ts alone.
    return (this.dataSource.driver as unknown as { databaseConnection: Connection }).databaseConnection;
  }
}
