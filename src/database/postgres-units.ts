import { setTimeout as delay } from 'node:timers/promises';
import { type PoolClient } from 'pg';
import { type DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { BayError } from '../shared/errors.js';
import { isAway, isCollision } from './sql-state.js';
import { type UnitRunner } from './units.js';

/** How often a unit is run before a collision with others is its outcome. */
const ATTEMPTS = 6;
/** The longest pause before the second attempt, ms; doubled for each further one. Random, so that two part. */
const PAUSE_MS = 10;

/** A connection of the pool for one unit. */
interface Lent {
  readonly runner: QueryRunner;
  readonly client: PoolClient;
  /** It ended under the unit. */
  isBroken: boolean;
}

/**
 * Units of work on PostgreSQL, each on a connection of its own, any number at a time (the pool lets so many in). They see
 * what is committed when each statement begins (READ COMMITTED): conditional updates decide races, not what was read before.
 */
export class PostgresUnits implements UnitRunner {
  constructor(private readonly dataSource: DataSource) {}

  async transaction<T>(work: (manager: EntityManager) => Promise<T>, begun: () => void): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.lend((lent) => this.commit(lent, work), begun);
      } catch (error) {
        if (!isCollision(error) || attempt === ATTEMPTS) throw error;
        await delay(Math.random() * PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }

  read<T>(work: (manager: EntityManager) => Promise<T>, begun: () => void): Promise<T> {
    return this.lend(({ runner }) => work(runner.manager), begun);
  }

  private async commit<T>({ client, runner }: Lent, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    await client.query('BEGIN');
    try {
      const result = await work(runner.manager);
      const { command } = await client.query('COMMIT');
      // After a statement that failed, even one whose error was caught, PostgreSQL answers COMMIT with ROLLBACK.
      if (command !== 'COMMIT') throw new Error('A unit of work went on after a statement of it had failed.');
      return result;
    } catch (error) {
      await this.rollBack(runner, client);
      throw error;
    }
  }

  private async rollBack(runner: QueryRunner, client: PoolClient): Promise<void> {
    try {
      await client.query('ROLLBACK');
    } catch (error) {
      // Nobody knows what state it is in: it must not be lent again. TypeORM keeps this way of giving back to itself.
      await (
        runner as unknown as { releasePostgresConnection(error: unknown): Promise<void> }
      ).releasePostgresConnection(error);
    }
  }

  private async lend<T>(work: (lent: Lent) => Promise<T>, begun: () => void): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const lent: Lent = { runner, client: await clientOf(runner), isBroken: false };
    const broke = (): void => void (lent.isBroken = true);
    lent.client.once('error', broke);
    begun();
    try {
      return await work(lent);
    } catch (error) {
      throw lent.isBroken || isAway(error) ? away(error) : error;
    } finally {
      lent.client.off('error', broke);
      await runner.release();
    }
  }
}

async function clientOf(runner: QueryRunner): Promise<PoolClient> {
  try {
    // TypeORM types it as any; of its PostgreSQL driver it is the pool's.
    return (await runner.connect()) as PoolClient;
  } catch (error) {
    throw away(error);
  }
}

const away = (cause: unknown): BayError =>
  new BayError('database_unavailable', 'The database does not answer. Try again in a moment.', { cause });
