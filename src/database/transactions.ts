import { AsyncLocalStorage } from 'node:async_hooks';
import { type DataSource, type EntityManager } from 'typeorm';
import { PostgresUnits } from './postgres-units.js';
import { SqliteUnits } from './sqlite-units.js';
import { type UnitRunner } from './units.js';

/** A unit that takes longer waits for something that has no place in it; it is given up so that the others go on, ms. */
const UNIT_DEADLINE_MS = 30_000;

/** Told of every unit: that it waits, and how long it waited and ran. */
export interface UnitObserver {
  unitQueued(): void;
  unitEnded(kind: 'read' | 'write', waitMs: number, runMs: number): void;
}

/** One attempt at a unit. What outlives it (a promise that nobody awaited) finds it closed and does not write unseen. */
interface Unit {
  readonly manager: EntityManager;
  readonly afterCommit: (() => void)[];
  isOpen: boolean;
}

/**
 * The only way to the database. Concurrency: any number of callers.
 *
 * On SQLite units of work run one at a time, on PostgreSQL beside each other, where one that collided with another is run
 * again: `work` changes nothing but rows. A unit inside a unit joins it. No HTTP and no engine call belongs inside: it would
 * stop the house.
 */
export class Transactions {
  private readonly current = new AsyncLocalStorage<Unit>();
  private readonly units: UnitRunner;

  constructor(
    dataSource: DataSource,
    private readonly unitDeadlineMs = UNIT_DEADLINE_MS,
    private readonly observer: UnitObserver | null = null,
  ) {
    this.units = dataSource.options.type === 'postgres' ? new PostgresUnits(dataSource) : new SqliteUnits(dataSource);
  }

  /** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.enqueue('write', work);
  }

  /**
   * Like `run`, without a transaction: for work that only selects. It sees only what is committed; statements that change rows
   * would be committed one by one.
   */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.enqueue('read', work);
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

  private async enqueue<T>(kind: 'read' | 'write', work: () => Promise<T>): Promise<T> {
    if (this.current.getStore()?.isOpen) return work();
    const queuedAt = performance.now();
    let begunAt: number | null = null;
    const begun = (): void => void (begunAt ??= performance.now());
    this.observer?.unitQueued();
    try {
      return await this.unit(kind, work, begun);
    } finally {
      const endedAt = performance.now();
      this.observer?.unitEnded(kind, (begunAt ?? endedAt) - queuedAt, endedAt - (begunAt ?? endedAt));
    }
  }

  private async unit<T>(kind: 'read' | 'write', work: () => Promise<T>, begun: () => void): Promise<T> {
    let effects: Unit['afterCommit'] = [];
    const attempt = (manager: EntityManager): Promise<T> => {
      const unit: Unit = { manager, afterCommit: (effects = []), isOpen: true };
      return this.inTime(this.current.run(unit, work)).finally(() => (unit.isOpen = false));
    };
    const result = await (kind === 'write' ? this.units.transaction(attempt, begun) : this.units.read(attempt, begun));
    // Outside of the unit's context, so that an effect's own units do not look for the closed one.
    for (const effect of effects) this.current.exit(effect);
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
}
