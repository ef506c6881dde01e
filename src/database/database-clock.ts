import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../shared/clock.js';
import { type Transactions } from './transactions.js';

/** Between two looks at the database's clock, ms. */
const LOOK_EVERY_MS = 10_000;
/** The clock was read somewhere within the round trip; one that took longer says too little, ms. */
const SLOWEST_MS = 500;
/** A correction above this is worth a line in the log, ms. */
const NOTABLE_MS = 1_000;
const READ = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS "now"';

/**
 * The database's time for every replica, so that their leases agree whatever their own clocks say. Between two looks it goes
 * on with the steady clock of the process, which nobody sets.
 */
export class DatabaseClock extends Clock implements OnModuleDestroy {
  private readonly logger = new Logger('Clock');
  /** What the database's clock said when the steady clock stood at zero. */
  private originMs: number | null = null;
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly transactions: Transactions) {
    super();
    this.timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS);
    this.timer.unref();
  }

  /** Returns when it has seen the database's clock. */
  static async start(transactions: Transactions): Promise<DatabaseClock> {
    const clock = new DatabaseClock(transactions);
    await clock.look();
    return clock;
  }

  now(): number {
    if (this.originMs === null) throw new Error('The database was not asked for its time.');
    return Math.round(this.originMs + performance.now());
  }

  /** Looks at the database's clock. A database that is away leaves the time running. */
  async look(): Promise<void> {
    const seen = await this.transactions.read(async () => {
      const askedAt = performance.now();
      const [row] = await this.transactions.manager.query<{ now: number }[]>(READ);
      const answeredAt = performance.now();
      return { now: Number(row?.now), middle: (askedAt + answeredAt) / 2, tookMs: answeredAt - askedAt };
    });
    if (this.originMs !== null && seen.tookMs > SLOWEST_MS) return;
    const originMs = seen.now - seen.middle;
    const byMs = Math.round(originMs - (this.originMs ?? originMs));
    this.originMs = originMs;
    if (Math.abs(byMs) > NOTABLE_MS) this.logger.warn({ msg: "The database's clock was set.", by_ms: byMs });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
