import { isUtf8 } from 'node:buffer';
import { type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { MAX_DIRECTORY_ENTRIES, type DirectoryEntry, type DirectoryListing } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { type Directory } from './directory.js';
import { errnoOf } from './file-errors.js';
import { at, type Place } from './locate.js';
import { namesIn } from './remove.js';

/** How many entries are looked at side by side: as many as keep Node's four threads for files busy. */
const AT_ONCE = 16;

export interface ListRequest {
  readonly workspace: string;
  readonly segments: readonly string[];
  /** Whether names that begin with a dot are listed. */
  readonly hidden: boolean;
}

/**
 * Directories first, then by name without regard to case. A symbolic link counts as what it leads to; one that is broken
 * or leads out of the workspace is neither file nor directory. A name that is not UTF-8 shows U+FFFD for the bad bytes
 * and cannot be asked for by that.
 */
export async function listDirectory(request: ListRequest): Promise<DirectoryListing> {
  const { workspace, segments } = request;
  return at(workspace, segments, {}, async ({ directory: parent, name }) => {
    const directory = await parent.enter(name);
    try {
      const { names, truncated } = await readNames(directory, request.hidden);
      const entries: DirectoryEntry[] = [];
      for (let start = 0; start < names.length; start += AT_ONCE) {
        const batch = names.slice(start, start + AT_ONCE);
        const found = await Promise.all(batch.map((entry) => describe(directory, entry, request)));
        entries.push(...found.filter((entry) => entry !== undefined));
      }
      return { entries: entries.sort(inOrder), truncated };
    } finally {
      await directory.close();
    }
  });
}

async function readNames(directory: Directory, hidden: boolean): Promise<{ names: Buffer[]; truncated: boolean }> {
  const names: Buffer[] = [];
  for await (const name of namesIn(directory)) {
    if (!hidden && name[0] === '.'.charCodeAt(0)) continue;
    if (names.length === MAX_DIRECTORY_ENTRIES) return { names, truncated: true };
    names.push(name);
  }
  return { names, truncated: false };
}

/** Undefined for an entry that has gone since its name was read. */
async function describe(directory: Directory, raw: Buffer, request: ListRequest): Promise<DirectoryEntry | undefined> {
  const own = await statOrUndefined({ directory, name: raw });
  if (!own) return undefined;
  const name = raw.toString('utf8');
  const segments = [...request.segments, name];
  const stats = own.isSymbolicLink() && isUtf8(raw) ? await statTarget(request.workspace, segments) : own;
  const seen = stats ?? own;
  return {
    name,
    path: [request.workspace, ...segments].join('/'),
    is_file: seen.isFile(),
    is_dir: seen.isDirectory(),
    size: seen.isDirectory() ? null : seen.size,
    modified_time: seen.mtimeMs / 1000,
  };
}

async function statTarget(workspace: string, segments: readonly string[]): Promise<Stats | undefined> {
  try {
    return await at(workspace, segments, {}, statOrUndefined);
  } catch (error) {
    // A link that leads out, in circles, through a file or through a directory that may not be entered.
    if (error instanceof AgentError || errnoOf(error)) return undefined;
    throw error;
  }
}

async function statOrUndefined(place: Omit<Place, 'name'> & { name: string | Buffer }): Promise<Stats | undefined> {
  try {
    return await lstat(place.directory.entry(place.name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function inOrder(a: DirectoryEntry, b: DirectoryEntry): number {
  if (a.is_dir !== b.is_dir) return a.is_dir ? -1 : 1;
  return compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
