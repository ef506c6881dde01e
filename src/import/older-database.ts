import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import { sqliteUrl } from '../config/database-url.js';
import { BayError } from '../shared/errors.js';
import { type OlderCargo, type OlderRows, type OlderSandbox } from './older-rows.js';

/** Text without a zone, in UTC: `2026-11-22 17:00:49.654839`. */
const instant = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(`${text.replace(' ', 'T')}Z`)),
  v.check<number, string>(Number.isFinite, 'It is not a time.'),
);
const flag = v.optional(v.nullable(v.number()), 0);
const optionalText = v.nullable(v.string());

const CARGO = v.object({
  id: v.string(),
  owner: v.string(),
  driver_ref: v.string(),
  managed: v.number(),
  managed_by_sandbox_id: optionalText,
  size_limit_mb: v.nullable(v.number()),
  created_at: instant,
  last_accessed_at: v.nullable(instant),
});

const SANDBOX = v.object({
  id: v.string(),
  owner: v.string(),
  profile_id: v.string(),
  cargo_id: optionalText,
  expires_at: v.nullable(instant),
  deleted_at: optionalText,
  created_at: instant,
  last_active_at: v.nullable(instant),
  is_warm_pool: flag,
});

/** Reads the rows of an older generation's SQLite database, named by its file or its URL, and changes nothing in it. */
export function readOlderDatabase(from: string, cwd: string): OlderRows {
  const file = fileOf(from, cwd);
  if (!existsSync(file)) throw new BayError('validation_error', `There is no database ${file}.`);
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return {
      cargos: rowsOf(database, 'cargos', CARGO).map(cargo),
      sandboxes: rowsOf(database, 'sandboxes', SANDBOX)
        .filter((row) => row.deleted_at === null)
        .map(sandbox),
    };
  } finally {
    database.close();
  }
}

function fileOf(from: string, cwd: string): string {
  const url = sqliteUrl(from, cwd);
  if (url !== undefined) return url.slice('sqlite:'.length);
  if (!/^[a-z0-9+]+:\/\//.test(from)) return resolve(cwd, from);
  throw new BayError('validation_error', 'Only SQLite databases can be taken over: name its file.');
}

function rowsOf<T extends v.GenericSchema>(
  database: Database.Database,
  table: 'cargos' | 'sandboxes',
  schema: T,
): v.InferOutput<T>[] {
  const isThere = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table);
  if (!isThere) throw new BayError('validation_error', `The database has no table ${table}: it is not one of Bay.`);
  return database
    .prepare(`SELECT * FROM ${table} ORDER BY created_at, id`)
    .all()
    .map((row) => {
      const parsed = v.safeParse(schema, row);
      if (parsed.success) return parsed.output;
      const [{ message, path }] = parsed.issues;
      const column = String(path?.[0]?.key ?? '');
      throw new BayError('validation_error', `The column ${column} of ${table} is not as expected: ${message}`);
    });
}

const cargo = (row: v.InferOutput<typeof CARGO>): OlderCargo => ({
  id: row.id,
  owner: row.owner,
  driverRef: row.driver_ref,
  managed: row.managed !== 0,
  managedBySandboxId: row.managed_by_sandbox_id,
  sizeLimitMb: row.size_limit_mb,
  createdAt: row.created_at,
  lastAccessedAt: row.last_accessed_at ?? row.created_at,
});

const sandbox = (row: v.InferOutput<typeof SANDBOX>): OlderSandbox => ({
  id: row.id,
  owner: row.owner,
  profileId: row.profile_id,
  cargoId: row.cargo_id,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  lastActiveAt: row.last_active_at ?? row.created_at,
  isSpare: Boolean(row.is_warm_pool),
});
