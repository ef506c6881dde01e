import { type EntityManager } from 'typeorm';

/** How one database runs units of work. */
export interface UnitRunner {
  /** Calls `work` in a transaction that commits when it returns and rolls back when it throws; more than once, maybe. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>, begun: () => void): Promise<T>;
  /** Calls `work`, which only selects, without a transaction. */
  read<T>(work: (manager: EntityManager) => Promise<T>, begun: () => void): Promise<T>;
}
