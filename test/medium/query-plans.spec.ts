import { IdempotencyKeyEntity } from '../../src/idempotency/idempotency-key.entity.js';
import { IdempotencyRepository } from '../../src/idempotency/idempotency.repository.js';
import { SandboxEntity } from '../../src/sandboxes/sandbox.entity.js';
import { SandboxesRepository } from '../../src/sandboxes/sandboxes.repository.js';
import { SYSTEM } from '../../src/shared/scope.js';
import { type TestDatabase, testDatabase } from '../support/database.js';
import { QueryPlans } from '../support/query-plans.js';
import { sandboxRow } from '../support/rows.js';

/** Of an owner who has many among other owners; a hundredth is due for each sweep. */
const ROWS = 10_000;
const OWNERS = 20;
const BATCH = 500;
const NOW = Date.UTC(2026, 0, 2);
const HOUR_MS = 3_600_000;

let database: TestDatabase;
let plans: QueryPlans;
let sandboxes: SandboxesRepository;

beforeAll(async () => {
  database = await testDatabase([SandboxEntity, IdempotencyKeyEntity]);
  const { manager } = database.dataSource;
  const numbers = Array.from({ length: ROWS }, (_, index) => index);
  for (let from = 0; from < ROWS; from += BATCH) {
    const batch = numbers.slice(from, from + BATCH);
    await manager.insert(SandboxEntity, batch.map(sandbox));
    await manager.insert(IdempotencyKeyEntity, batch.map(key));
  }
  await database.dataSource.query('ANALYZE');
  plans = new QueryPlans(database.dataSource);
  sandboxes = new SandboxesRepository(database.transactions);
}, 60_000);
afterAll(() => database.close());

const sandbox = (index: number) =>
  sandboxRow({
    id: `id-${index}`,
    owner: `owner-${index % OWNERS}`,
    desiredState: index % 10 === 0 ? 'running' : 'stopped',
    observedState: index % 10 === 0 ? 'running' : 'stopped',
    createdAt: NOW - index * 1000,
    expiresAt: index % 100 === 1 ? NOW - HOUR_MS : NOW + HOUR_MS + index,
    idleExpiresAt: index % 10 === 0 ? (index % 100 === 0 ? NOW - HOUR_MS : NOW + HOUR_MS + index) : null,
  });
const key = (index: number) => ({
  owner: `owner-${index % OWNERS}`,
  key: `key-${index}`,
  attempt: 'attempt',
  fingerprint: 'fingerprint',
  status: 201,
  response: '{}',
  expiresAtMs: index % 100 === 0 ? NOW - 1 : NOW + HOUR_MS + index,
});
const owner = { owner: 'owner-3' };
const page = { limit: 50, after: null, status: null, now: NOW };
const inUnit = (work: () => Promise<unknown>) => database.transactions.run(work);

describe(`with ${ROWS} rows each statement finds its own by an index`, () => {
  it.each<[string, RegExp, () => Promise<unknown>]>([
    ['get', /public_id|UQ_|sqlite_autoindex_sandboxes/, () => sandboxes.find(owner, 'sandbox-id-63')],
    ['get by the row id', /pkey|PK_|sqlite_autoindex_sandboxes/, () => sandboxes.findById(SYSTEM, 'id-63')],
    ['the first page of an owner', /sandboxes_by_owner/, () => sandboxes.list(owner, page)],
    [
      'a later page',
      /sandboxes_by_owner/,
      () => sandboxes.list(owner, { ...page, after: { createdAt: NOW - 5_000_000, id: 'id-5003' } }),
    ],
    ['who uses a cargo', /sandboxes_by_workspace/, () => sandboxes.listUsing(owner, 'workspace-of-id-63')],
    ['a claim', /pkey|PK_|sqlite_autoindex_sandboxes/, () => sandboxes.wantRunning(SYSTEM, 'id-64')],
    ['the sweep of expired ones', /sandboxes_by_expiry/, () => sandboxes.listExpired(50, NOW)],
    ['the sweep of idle ones', /sandboxes_by_idle_expiry/, () => sandboxes.listIdle(50, NOW)],
    [
      'an idempotency key',
      /idempotency_keys_pkey|PK_|sqlite_autoindex_idempotency_keys/,
      () => new IdempotencyRepository(database.transactions).claim({ ...key(63), attempt: 'other' }, NOW),
    ],
    [
      'idempotency keys that are over',
      /idempotency_keys_expiry/,
      () => new IdempotencyRepository(database.transactions).removeExpired(NOW),
    ],
  ])('%s', async (_, index, work) => {
    const seen = await plans.of(() => inUnit(work));
    expect(seen.length).toBeGreaterThan(0);
    for (const { plan, scanned } of seen) {
      expect({ plan, scanned }).toEqual({ plan: expect.stringMatching(index), scanned: [] });
    }
  });
});
