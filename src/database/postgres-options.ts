import pg from 'pg';
import { type DataSourceOptions } from 'typeorm';
import { type DatabaseConfig } from '../config/slices.js';

/** A Bay that stands still inside a transaction holds locks no longer than this, ms; above a unit's own deadline. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** How long an unused connection is kept, ms: over the pauses between sweeps, so that they need no new one. */
const UNUSED_MS = 60_000;

/** `pg` reads the URL itself, so that everything its users know works in it: sockets, certificates, `options`. */
export const postgresOptions = (config: DatabaseConfig): Extract<DataSourceOptions, { type: 'postgres' }> => ({
  type: 'postgres',
  driver: pg,
  poolSize: config.poolSize,
  connectTimeoutMS: config.connectTimeoutMs,
  applicationName: 'bay',
  // Bigints are instants and counts here: they fit a number.
  parseInt8: true,
  installExtensions: false,
  extra: {
    connectionString: config.url,
    statement_timeout: config.statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    idleTimeoutMillis: UNUSED_MS,
    keepAlive: true,
  },
});
