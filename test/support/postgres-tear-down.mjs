import pg from 'pg';

export default async function tearDown() {
  const run = process.env.BAY_TEST_POSTGRES_RUN;
  if (globalThis.bayTestPostgres) await globalThis.bayTestPostgres.stop();
  else if (run && process.env.BAY_TEST_POSTGRES_URL) await dropAll(`bay_test_${run}`);
}

/** On a server that was there before: what the run made goes. */
async function dropAll(prefix) {
  const client = new pg.Client({ connectionString: process.env.BAY_TEST_POSTGRES_URL });
  await client.connect();
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  await client.end();
}
