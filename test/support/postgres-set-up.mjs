// Jest's global set-up and tear-down of the projects that need PostgreSQL: one cluster for a whole run.
import { randomBytes } from 'node:crypto';
import { postgresAbsence, startCluster } from './postgres-cluster.mjs';

export default async function setUp() {
  if (postgresAbsence() !== null) return undefined;
  // Names the databases of this run on a server that others use, too.
  process.env.BAY_TEST_POSTGRES_RUN = randomBytes(4).toString('hex');
  if (process.env.BAY_TEST_POSTGRES_URL) return undefined;
  const cluster = await startCluster();
  process.env.BAY_TEST_POSTGRES_URL = cluster.url;
  globalThis.bayTestPostgres = cluster;
  return undefined;
}
