import { join } from 'node:path';
import Database from 'better-sqlite3';
import { tempDir } from './temp-dir.js';

type Row = Readonly<Record<string, string | number | null>>;

const SCHEMA = `
  CREATE TABLE cargos (
    id VARCHAR PRIMARY KEY, owner VARCHAR NOT NULL, backend VARCHAR NOT NULL, driver_ref VARCHAR NOT NULL,
    managed BOOLEAN NOT NULL, managed_by_sandbox_id VARCHAR, size_limit_mb INTEGER NOT NULL,
    created_at DATETIME NOT NULL, last_accessed_at DATETIME NOT NULL);
  CREATE TABLE sandboxes (
    id VARCHAR PRIMARY KEY, owner VARCHAR NOT NULL, profile_id VARCHAR NOT NULL, cargo_id VARCHAR REFERENCES cargos (id),
    current_session_id VARCHAR, expires_at DATETIME, idle_expires_at DATETIME, deleted_at DATETIME,
    version INTEGER NOT NULL, created_at DATETIME NOT NULL, last_active_at DATETIME NOT NULL, is_warm_pool BOOLEAN NOT NULL);
`;
const WRITTEN = '2025-11-22 17:00:49.654839';

/** A database as the older generation left it. */
export class OlderDatabase {
  private readonly dir = tempDir();
  readonly file = join(this.dir.path, 'bay.db');
  private readonly database = new Database(this.file);

  constructor() {
    this.database.exec(SCHEMA);
  }

  cargo(id: string, row: Row = {}): string {
    this.insert('cargos', {
      id,
      owner: 'default',
      backend: 'docker_volume',
      driver_ref: `bay-cargo-${id}`,
      managed: 0,
      managed_by_sandbox_id: null,
      size_limit_mb: 1024,
      created_at: WRITTEN,
      last_accessed_at: WRITTEN,
      ...row,
    });
    return id;
  }

  sandbox(id: string, cargo_id: string, row: Row = {}): string {
    this.insert('sandboxes', {
      id,
      owner: 'default',
      profile_id: 'python-default',
      cargo_id,
      current_session_id: null,
      expires_at: null,
      idle_expires_at: null,
      deleted_at: null,
      version: 1,
      created_at: WRITTEN,
      last_active_at: WRITTEN,
      is_warm_pool: 0,
      ...row,
    });
    return id;
  }

  /** With a cargo of its own, of the same digits. */
  sandboxWithCargo(digits: string, row: Row = {}): string {
    const id = `sandbox-${digits}`;
    this.cargo(`ws-${digits}`, { managed: 1, managed_by_sandbox_id: id });
    return this.sandbox(id, `ws-${digits}`, row);
  }

  end(): void {
    this.database.close();
    this.dir.remove();
  }

  private insert(table: string, row: Row): void {
    const names = Object.keys(row);
    const values = names.map((name) => `@${name}`).join(', ');
    this.database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${values})`).run(row);
  }
}
