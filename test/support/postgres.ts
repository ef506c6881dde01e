import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type DatabaseConfig } from '../../src/config/slices.js';
import { dataSourceOptions, openDatabase } from '../../src/database/data-source.js';
import { postgresAbsence } from './postgres-cluster.mjs';

export { postgresAbsence };

/** A database of the test's own. */
export interface TestPostgres {
  /** For `DATABASE_URL`. */
  readonly url: string;
  drop(): Promise<void>;
}

/** Held while somebody makes the template: several workers begin at once. */
const TEMPLATE_LOCK = 0x54455354;

export const postgresConfig = (url: string): DatabaseConfig => ({
  kind: 'postgres',
  url,
  poolSize: 10,
  statementTimeoutMs: 15_000,
  connectTimeoutMs: 5_000,
});

/**
 * An empty, migrated database: one that a test of this file has given back, else a copy of the template that the first who
 * asks makes for the whole run. Making one and dropping it cost a test more than all else that it does.
 */
export async function createPostgres(): Promise<TestPostgres> {
  await ensureTemplate();
  const database = spares.pop() ?? (await createWithTables());
  const { url, tables } = database;
  const drop = async (): Promise<void> => {
    if (await empty(url, tables)) spares.push(database);
    else await database.drop();
  };
  return { url, drop };
}

interface Spare extends TestPostgres {
  /** As the migrations have left it. */
  readonly tables: readonly string[];
}

const spares: Spare[] = [];

async function createWithTables(): Promise<Spare> {
  const database = await create(templateName());
  return { ...database, tables: await connected(database.url, listTables) };
}

/** Whoever is still connected goes, and so do all rows. False where a test has changed the schema. */
const empty = (url: string, tables: readonly string[]): Promise<boolean> =>
  connected(url, async (client) => {
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    if ((await listTables(client)).join() !== tables.join()) return false;
    await client.query(tables.map((table) => `DELETE FROM "${table}"`).join('; '));
    return true;
  });

async function listTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

/** One without any table. */
export const createBarePostgres = (): Promise<TestPostgres> => create('template0');

async function create(template: string): Promise<TestPostgres> {
  const name = `${templateName()}_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return { url: urlOf(name), drop: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

let template: Promise<void> | null = null;
const ensureTemplate = (): Promise<void> => (template ??= makeTemplate());

async function makeTemplate(): Promise<void> {
  const name = templateName();
  await connected(serverUrl(), async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    // Under another name until it is whole: a test that is interrupted leaves no half of one.
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
    const source = await openDatabase(dataSourceOptions(postgresConfig(urlOf(draft))));
    await source.destroy();
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
}

/** Set by the global set-up; all databases of a run begin with it. */
const templateName = (): string => `bay_test_${process.env['BAY_TEST_POSTGRES_RUN'] ?? 'none'}`;

function serverUrl(): string {
  const url = process.env['BAY_TEST_POSTGRES_URL'];
  if (!url) throw new Error(postgresAbsence() ?? 'This project of Jest does not start PostgreSQL.');
  return url;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.toString();
}

const administer = (sql: string): Promise<void> =>
  connected(serverUrl(), async (client) => void (await client.query(sql)));

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
