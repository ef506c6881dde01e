import { postgresAbsence } from '../support/postgres-cluster.mjs';
import { describeWith } from '../support/suites.js';
import { testDatabase } from '../support/database.js';

/** Where there is no PostgreSQL this is the only suite of its project: it says so, or fails where one is required. */
describeWith(
  'postgres',
  'the medium suites on PostgreSQL',
  postgresAbsence(),
)(() => {
  it('run on the database that is meant', async () => {
    const database = await testDatabase([]);
    const [{ version }] = await database.dataSource.query('SELECT version()');
    expect(version).toMatch(/^PostgreSQL 1[5-9]|^PostgreSQL [2-9]\d/);
    await database.close();
  });
});
