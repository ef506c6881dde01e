import { AsyncLocalStorage } from 'node:async_hooks';
import { type DataSource, type EntityManager } from 'typeorm';

/**
 * The only way to the database. Concurrency: any number of callers.
 *
 * TypeORM's SQLite driver has one connection for the whole process, so that interleaved transactions would nest as
 * savepoints and a stranger's rollback would lose acknowledged rows. Units of work therefore run one at a time there, each
 * in BEGIN IMMEDIATE. A unit inside a unit joins it. No HTTP and no engine call belongs inside: it would stop the house.
 */
export class Transactions {
  private readonly current = new AsyncLocalStorage<EntityManager>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.current.getStore()) return work();
    const unit = this.last.then(() => this.unit(work));
    this.last = unit.catch(() => undefined);
    return unit;
  }

  /** The manager of the unit that the caller runs in. Throws outside of one. */
  get manager(): EntityManager {
    const manager = this.current.getStore();
    if (!manager) throw new Error('A repository was called outside of Transactions.run().');
    return manager;
  }

  private async unit<T>(work: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    await runner.query('BEGIN IMMEDIATE');
    try {
      const result = await this.current.run(runner.manager, work);
      await runner.query('COMMIT');
      return result;
    } catch (error) {
      await runner.query('ROLLBACK');
      throw error;
    }
  }
}
