import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { BayError } from '../../shared/errors.js';
import type { ListedVolume, VolumePort, VolumeRef, VolumeSpec } from '../driver.js';
import { readDirectory } from './group-record.js';
import type { LocalPaths } from './local-paths.js';
import { removeTree } from './remove-tree.js';
import { SANDBOX_UID } from './sandbox-user.js';

interface WorkspaceRecord {
  readonly installationId: string;
  readonly workspaceId: string;
}

/** Workspaces as plain directories; the reference is the workspace's id. A size limit is not enforced. */
export class LocalWorkspaces implements VolumePort {
  constructor(
    private readonly paths: LocalPaths,
    private readonly installationId: string,
    private readonly isUsed: (ref: VolumeRef) => boolean,
  ) {}

  async ensure({ workspaceId }: VolumeSpec, signal: AbortSignal): Promise<VolumeRef> {
    signal.throwIfAborted();
    const files = this.paths.files(workspaceId);
    const known = this.find(workspaceId);
    if (known && known.installationId !== this.installationId) {
      throw new BayError('conflict', 'Another installation has a workspace of this id.', { details: { workspaceId } });
    }
    mkdirSync(this.paths.workspaces, { recursive: true, mode: 0o700 });
    mkdirSync(files, { recursive: true, mode: 0o755 });
    // The record comes last: without one the directory is half-made, belongs to nobody, and is finished here.
    if (known === null) {
      if (process.getuid?.() === 0) await chown(files, SANDBOX_UID, SANDBOX_UID);
      const path = this.recordPath(workspaceId);
      writeFileSync(`${path}.tmp`, JSON.stringify({ installationId: this.installationId, workspaceId }), {
        flush: true,
      });
      renameSync(`${path}.tmp`, path);
    }
    return workspaceId;
  }

  async remove(ref: VolumeRef, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.isOurs(ref)) return;
    if (this.isUsed(ref)) {
      throw new BayError('conflict', 'A session still uses this workspace. Stop it first.', {
        details: { volume: ref },
      });
    }
    // The record goes last, so that a removal that was cut off is found and repeated.
    await removeTree(this.paths.files(ref));
    await removeTree(this.paths.workspace(ref));
  }

  async exists(ref: VolumeRef, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return this.isOurs(ref) && existsSync(this.paths.files(ref));
  }

  async list(signal: AbortSignal): Promise<ListedVolume[]> {
    signal.throwIfAborted();
    return readDirectory(this.paths.workspaces)
      .filter((id) => this.isOurs(id))
      .map((id) => ({ ref: id, workspaceId: id }));
  }

  private isOurs(ref: VolumeRef): boolean {
    return this.find(ref)?.installationId === this.installationId;
  }

  private find(workspaceId: string): WorkspaceRecord | null {
    try {
      return JSON.parse(readFileSync(this.recordPath(workspaceId), 'utf8')) as WorkspaceRecord;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  private recordPath(workspaceId: string): string {
    return join(this.paths.workspace(workspaceId), 'workspace.json');
  }
}
