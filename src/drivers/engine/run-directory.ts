import { createHash, randomUUID } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { SECRET_NAME } from '@bay/protocol';
import { type GroupLabels, type ListedGroup } from '../driver.js';
import { codeOf } from './engine-errors.js';

/** Uid and gid of the agent in every image. */
const AGENT_ID = 1000;

const Note = v.object({
  installation: v.string(),
  labels: v.object({ sandboxId: v.string(), sessionId: v.string(), workspaceId: v.string(), profileId: v.string() }),
  image: v.string(),
});

export interface LeftDirectory extends Omit<ListedGroup, 'handle'> {
  readonly path: string;
  /** Of one of the group's members. */
  readonly image: string;
}

/**
 * Directories on this machine that Bay shares with members: `<root>/<group>/<member>/` holds a member's secret and the
 * agent's socket, `<root>/<group>.json` says whose it is. The note is written before the directory and removed after it,
 * so that a directory without a note does not exist.
 *
 * Names are short since a socket's path may have 107 bytes. A member's directory belongs to its sandbox once it ran:
 * nothing in it is opened, and what is put there replaces a name and follows no link.
 */
export class RunDirectories {
  constructor(
    private readonly root: string,
    private readonly installationId: string,
  ) {}

  /** Makes what is missing of the group's directory. */
  async ensureGroup(labels: GroupLabels, image: string): Promise<void> {
    const path = this.pathOf(labels.sessionId);
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.json`, JSON.stringify({ installation: this.installationId, labels, image }), {
      mode: 0o600,
    });
    await mkdir(path, { recursive: true, mode: 0o700 });
  }

  /**
   * Makes a member's directory with its secret, and answers its path.
   * @param ownedByAgent whether Bay may give files to the uid that the agent has outside. If not, the modes let everybody
   * in, and the group's directory above keeps everybody out but Bay and the engine.
   */
  async ensureMember(sessionId: string, index: number, secret: string, ownedByAgent: boolean): Promise<string> {
    const group = this.pathOf(sessionId);
    const directory = join(group, String(index));
    await mkdir(directory, { recursive: true });
    await chmod(directory, ownedByAgent ? 0o700 : 0o777);
    if (ownedByAgent) await chown(directory, AGENT_ID, AGENT_ID);

    const draft = join(group, randomUUID());
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(secret);
      await file.chmod(ownedByAgent ? 0o400 : 0o444);
      if (ownedByAgent) await file.chown(AGENT_ID, AGENT_ID);
    } finally {
      await file.close();
    }
    await rename(draft, join(directory, SECRET_NAME));
    return directory;
  }

  /**
   * Only once the group's containers are gone: a living sandbox could change what lies here meanwhile. Answers false when a
   * part of it may not be removed by this user; then all of it is still listed.
   */
  async remove(sessionId: string): Promise<boolean> {
    const path = this.pathOf(sessionId);
    try {
      await rm(path, { recursive: true, force: true });
    } catch (error) {
      if (isForbidden(error)) return false;
      throw error;
    }
    await rm(`${path}.json`, { force: true });
    return true;
  }

  /** What groups of this installation have here. */
  async list(): Promise<LeftDirectory[]> {
    const names = await readdir(this.root).catch(unlessAbsent([]));
    const notes = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => this.read(name)));
    return notes.filter((note) => note !== null);
  }

  private async read(name: string): Promise<LeftDirectory | null> {
    const path = join(this.root, name);
    const text = await readFile(path, 'utf8').catch(unlessAbsent(null));
    if (text === null) return null;
    const note = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), text);
    if (!note.success || note.output.installation !== this.installationId) return null;
    const times = await stat(path).catch(unlessAbsent(null));
    if (times === null) return null;
    const { labels, image } = note.output;
    return { labels, image, path: this.pathOf(labels.sessionId), createdAtMs: Math.floor(times.mtimeMs) };
  }

  private pathOf(sessionId: string): string {
    return join(this.root, createHash('sha256').update(sessionId).digest('hex').slice(0, 12));
  }
}

const unlessAbsent =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };

const isForbidden = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(codeOf(error) ?? '');
