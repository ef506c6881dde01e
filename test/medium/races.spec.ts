import { type LifecycleConfig, type LimitsConfig } from '../../src/config/slices.js';
import { type Transactions } from '../../src/database/transactions.js';
import { IdempotencyKeyEntity } from '../../src/idempotency/idempotency-key.entity.js';
import { IdempotencyRepository } from '../../src/idempotency/idempotency.repository.js';
import { IdempotencyService } from '../../src/idempotency/idempotency.service.js';
import { QuotaLockEntity } from '../../src/sandboxes/quota-lock.entity.js';
import { SandboxLeasesRepository } from '../../src/sandboxes/sandbox-leases.repository.js';
import { SandboxQuota } from '../../src/sandboxes/sandbox-quota.js';
import { SandboxQuotaRepository } from '../../src/sandboxes/sandbox-quota.repository.js';
import { SandboxEntity } from '../../src/sandboxes/sandbox.entity.js';
import { SandboxesRepository } from '../../src/sandboxes/sandboxes.repository.js';
import { JobLeaseEntity } from '../../src/scheduling/job-lease.entity.js';
import { JobLeasesRepository } from '../../src/scheduling/job-leases.repository.js';
import { SYSTEM } from '../../src/shared/scope.js';
import { DATABASE, type TestDatabase, testDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { sandboxRow } from '../support/rows.js';

/** Twenty workers, on PostgreSQL in four processes' pools, on SQLite in the one process that there may be. */
const WORKERS = 20;
const ENTITIES = [IdempotencyKeyEntity, QuotaLockEntity, SandboxEntity, JobLeaseEntity];

let database: TestDatabase;
let processes: Transactions[];
const clock = new ManualClock();

beforeEach(async () => {
  database = await testDatabase(ENTITIES);
  processes = [database.transactions];
  while (DATABASE === 'postgres' && processes.length < 4) processes.push((await database.another()).transactions);
});
afterEach(() => database.close());

/** What each worker's attempt gave, by the process that it is in. All begin at once. */
function race<T>(attempt: (transactions: Transactions, worker: number) => Promise<T>): Promise<T[]> {
  return Promise.all(
    Array.from({ length: WORKERS }, (_, worker) => attempt(processes[worker % processes.length]!, worker)),
  );
}
const winners = (outcomes: boolean[]): number => outcomes.filter(Boolean).length;
const insert = (id: string) =>
  database.transactions.run(() => new SandboxesRepository(database.transactions).insert(sandboxRow({ id })));

describe('of twenty that race', () => {
  it('one gets the effect of an idempotency key, and all its answer', async () => {
    const effects = await race(async (transactions, worker) => {
      const lifecycle = { idempotencyTtlMs: 3_600_000 } as LifecycleConfig;
      const service = new IdempotencyService(transactions, new IdempotencyRepository(transactions), clock, lifecycle);
      const request = { owner: 'ann', key: 'one', method: 'POST', path: '/v1/sandboxes', body: {} };
      const answer = await service.once(request, async () => {
        const id = `sandbox-of-${worker}`;
        await new SandboxesRepository(transactions).insert(sandboxRow({ id }));
        return { status: 201, body: { id } };
      });
      return answer.body.id;
    });
    const rows = await database.dataSource.manager.find(SandboxEntity);
    expect(rows).toHaveLength(1);
    expect(new Set(effects)).toEqual(new Set([rows[0]?.id]));
  });

  it('one gets the lease of a sandbox, and keeps it until it gives it back', async () => {
    await insert('one');
    const acquire = (transactions: Transactions, worker: number) => {
      const lease = { sandboxId: 'one', token: `token-${worker}` };
      const now = clock.now();
      return transactions.run(() => new SandboxLeasesRepository(transactions).acquire(lease, now, now + 10_000));
    };
    const first = await race(acquire);
    expect(winners(first)).toBe(1);
    expect(winners(await race(acquire))).toBe(0);
    const holder = new SandboxLeasesRepository(database.transactions);
    const lease = { sandboxId: 'one', token: `token-${first.indexOf(true)}` };
    await database.transactions.run(() => holder.release(lease));
    expect(winners(await race(acquire))).toBe(1);
  });

  it('one gets the lease of a job', async () => {
    const claim = (transactions: Transactions, worker: number) =>
      new JobLeasesRepository(transactions, clock).claim('job', `token-${worker}`, 10_000);
    expect(winners(await race(claim))).toBe(1);
    expect(winners(await race(claim))).toBe(0);
  });

  it('one asks for the start, and one moves the expiry: a conditional update has one winner', async () => {
    await insert('one');
    const start = (transactions: Transactions) =>
      transactions.run(() => new SandboxesRepository(transactions).wantRunning(SYSTEM, 'one'));
    expect(winners(await race(start))).toBe(1);
    const now = clock.now();
    const extend = (transactions: Transactions, worker: number) =>
      transactions.run(() => new SandboxesRepository(transactions).extend(SYSTEM, 'one', now, now + worker + 1));
    await database.dataSource.manager.update(SandboxEntity, { id: 'one' }, { expiresAt: now });
    expect(winners(await race(extend))).toBe(1);
  });

  it('one gets the last place of a quota, and the others leave no row', async () => {
    await insert('there before');
    const quotas = { sandboxes: { perOwner: 2, total: 100 } };
    const outcomes = await race(async (transactions, worker) => {
      const quota = new SandboxQuota(new SandboxQuotaRepository(transactions), { quotas } as unknown as LimitsConfig);
      const create = transactions.run(async () => {
        await new SandboxesRepository(transactions).insert(sandboxRow({ id: `new-${worker}` }));
        await quota.assertSandboxes('ann');
      });
      return create.then(
        () => 'made',
        (error: { code?: string }) => error.code,
      );
    });
    expect(outcomes.sort()).toEqual(['made', ...Array.from({ length: WORKERS - 1 }, () => 'quota_exceeded')]);
    expect(await database.dataSource.manager.count(SandboxEntity)).toBe(2);
  });
});
