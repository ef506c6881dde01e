import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BayError } from '../../shared/errors.js';

/** Ids become file names: nothing else may get through. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * Where the local driver keeps what:
 * ```
 * <dataDir>/local/groups/<session id>.json        the group's record
 * <dataDir>/local/workspaces/<id>/workspace.json  what is known of a workspace; out of the sandbox's reach
 * <dataDir>/local/workspaces/<id>/files/          /workspace
 * <dataDir>/local/etc/                            files made for /etc
 * <dataDir>/local/seccomp.bpf                     the filter of system calls
 * <dataDir>/run/<short>/<n>/                      /run/bay of the n-th member: secret and socket
 * <dataDir>/run/<short>/<n>.{log,status,hosts}    what the host keeps of that member
 * ```
 */
export class LocalPaths {
  constructor(readonly dataDir: string) {}

  get groups(): string {
    return join(this.dataDir, 'local', 'groups');
  }

  get workspaces(): string {
    return join(this.dataDir, 'local', 'workspaces');
  }

  get etc(): string {
    return join(this.dataDir, 'local', 'etc');
  }

  get seccomp(): string {
    return join(this.dataDir, 'local', 'seccomp.bpf');
  }

  record(sessionId: string): string {
    return join(this.groups, `${safeId(sessionId)}.json`);
  }

  /** Short, since the path of a unix socket ends at 107 bytes. */
  run(sessionId: string): string {
    return join(this.dataDir, 'run', createHash('sha256').update(sessionId).digest('hex').slice(0, 12));
  }

  member(sessionId: string, index: number): MemberPaths {
    const base = join(this.run(sessionId), String(index));
    return { runDir: base, log: `${base}.log`, status: `${base}.status`, hosts: `${base}.hosts` };
  }

  workspace(id: string): string {
    return join(this.workspaces, safeId(id));
  }

  files(id: string): string {
    return join(this.workspace(id), 'files');
  }
}

export interface MemberPaths {
  readonly runDir: string;
  readonly log: string;
  readonly status: string;
  readonly hosts: string;
}

const safeId = (id: string): string => {
  if (!SAFE_ID.test(id)) throw new BayError('internal_error', 'An id of a session or workspace has an unknown form.');
  return id;
};
