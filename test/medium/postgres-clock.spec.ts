import { jest } from '@jest/globals';
import { DatabaseClock } from '../../src/database/database-clock.js';
import { JobLeaseEntity } from '../../src/scheduling/job-lease.entity.js';
import { JobLeasesRepository } from '../../src/scheduling/job-leases.repository.js';
import { type TestDatabase, testDatabase } from '../support/database.js';

const HOUR_MS = 3_600_000;
let database: TestDatabase;
const clocks: DatabaseClock[] = [];

beforeEach(async () => (database = await testDatabase([JobLeaseEntity])));
afterEach(async () => {
  jest.restoreAllMocks();
  for (const clock of clocks.splice(0)) clock.onModuleDestroy();
  await database.close();
});

const start = async (): Promise<DatabaseClock> => {
  const clock = await DatabaseClock.start(database.transactions);
  clocks.push(clock);
  return clock;
};
const databaseNow = async (): Promise<number> => {
  const [{ now }] = await database.dataSource.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000) AS now');
  return Number(now);
};

it("is the database's, whatever the process thinks what time it is", async () => {
  const before = await databaseNow();
  jest.spyOn(Date, 'now').mockReturnValue(before + 5 * HOUR_MS);
  const clock = await start();
  const now = clock.now();
  expect(Number.isInteger(now)).toBe(true);
  // Within the round trip that the look took.
  expect(now).toBeGreaterThan(before - 1_000);
  expect(now).toBeLessThan((await databaseNow()) + 1_000);
});

it('leaves a lease to its holder when another replica is hours ahead by its own clock', async () => {
  const leases = async () => new JobLeasesRepository(database.transactions, await start());
  const holder = await leases();
  expect(await holder.claim('job', 'holder', HOUR_MS)).toBe(true);
  const real = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(real + 5 * HOUR_MS);
  expect(await (await leases()).claim('job', 'ahead', HOUR_MS)).toBe(false);
  expect(await holder.renew('job', 'holder', HOUR_MS)).toBe(true);
});

it('runs on while the database is away, and is right again when it is back', async () => {
  const clock = await start();
  const before = clock.now();
  jest.spyOn(database.transactions, 'read').mockRejectedValueOnce(new Error('away'));
  await expect(clock.look()).rejects.toThrow('away');
  expect(clock.now()).toBeGreaterThanOrEqual(before);
  await clock.look();
  expect(Math.abs(clock.now() - (await databaseNow()))).toBeLessThan(5_000);
});
