import { ensureInstallationId } from '../../src/database/installation.js';
import { InstallationEntity } from '../../src/database/installation.entity.js';
import { type TestDatabase, testDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

let database: TestDatabase;
beforeEach(async () => (database = await testDatabase([InstallationEntity])));
afterEach(() => database.close());

it('is the same for twenty that ask first at the same time, and later', async () => {
  const clock = new ManualClock();
  const ask = () => ensureInstallationId(database.transactions, clock);
  const ids = await Promise.all(Array.from({ length: 20 }, ask));
  const later = await ask();
  expect(new Set([...ids, later].map(({ value }) => value)).size).toBe(1);
  expect(later.value).toMatch(/^[0-9a-f-]{36}$/);
  const [row] = await database.dataSource.manager.find(InstallationEntity);
  expect(row?.createdAtMs).toBe(clock.now());
});
