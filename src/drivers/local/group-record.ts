import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { GroupLabels, Resources } from '../driver.js';
import type { LocalPaths } from './local-paths.js';
import type { ProcessIdentity } from './process-identity.js';

/**
 * What the driver knows of a group, written whole before anything is done and after.
 * - `created`: nothing runs. `starting`: processes may run that no record names; only their marker does.
 * - `started`: every member's processes are named. `stopped`: ended on purpose, for good.
 */
export interface GroupRecord {
  readonly version: 1;
  readonly installationId: string;
  readonly labels: GroupLabels;
  readonly volume: string;
  readonly egress: 'open' | 'none';
  readonly createdAtMs: number;
  /** Processes of another boot are gone, whatever runs under their pids now. */
  readonly bootId: string;
  readonly phase: 'created' | 'starting' | 'started' | 'stopped';
  readonly members: readonly MemberRecord[];
}

export interface MemberRecord {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly resources: Resources;
  readonly processes: MemberProcesses | null;
}

export interface MemberProcesses {
  /** First process of the pid namespace: when it is killed, the kernel ends all others. */
  readonly init: ProcessIdentity;
  readonly agent: ProcessIdentity;
}

/** The group records of one installation: a file each, replaced as a whole. */
export class GroupRecords {
  constructor(
    private readonly paths: LocalPaths,
    private readonly installationId: string,
  ) {}

  find(sessionId: string): GroupRecord | null {
    const record = readRecord(this.paths.record(sessionId));
    return record?.installationId === this.installationId ? record : null;
  }

  /** Does another installation on this data directory have a group of this session? */
  isAnothers(sessionId: string): boolean {
    const record = readRecord(this.paths.record(sessionId));
    return record !== null && record.installationId !== this.installationId;
  }

  /** False when the session has a record already, and nothing is written then. */
  insert(record: GroupRecord): boolean {
    const path = this.paths.record(record.labels.sessionId);
    const temporary = this.writeTemporary(record);
    try {
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  update(record: GroupRecord): void {
    renameSync(this.writeTemporary(record), this.paths.record(record.labels.sessionId));
  }

  remove(sessionId: string): void {
    rmSync(this.paths.record(sessionId), { force: true });
    for (const name of readDirectory(this.paths.groups)) {
      // Left by a Bay that died while it wrote.
      if (name.startsWith(`${sessionId}.`) && name.endsWith('.tmp'))
        rmSync(join(this.paths.groups, name), { force: true });
    }
  }

  list(): GroupRecord[] {
    return readDirectory(this.paths.groups)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readRecord(join(this.paths.groups, name)))
      .filter((record) => record?.installationId === this.installationId)
      .filter((record) => record !== null);
  }

  private writeTemporary(record: GroupRecord): string {
    mkdirSync(this.paths.groups, { recursive: true, mode: 0o700 });
    const temporary = join(this.paths.groups, `${record.labels.sessionId}.${randomUUID()}.tmp`);
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
    return temporary;
  }
}

const readRecord = (path: string): GroupRecord | null => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as GroupRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (!(error instanceof SyntaxError)) throw error;
    // Records are replaced as a whole: only a loss of power leaves half of one, and no process lives behind that.
    rmSync(path, { force: true });
    return null;
  }
};

/** Its names, or none when there is no such directory. */
export const readDirectory = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
