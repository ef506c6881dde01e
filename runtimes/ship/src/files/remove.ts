import { opendir, rmdir, unlink } from 'node:fs/promises';
import { AgentError } from '../http/errors.js';
import { type Directory } from './directory.js';
import { errnoOf } from './file-errors.js';
import { type Place } from './locate.js';

/** Each level holds a descriptor. */
const MAX_DEPTH = 256;
/** Names held in memory at a time. */
const BATCH = 1024;
/** Ends the race with a program that fills the directory while it is emptied. */
const MAX_BATCHES = 10_000;

/**
 * Removes a file, or a directory with all in it. Links are removed and never followed: each directory is emptied
 * through its own descriptor. Raises ENOENT when there is nothing.
 */
export async function removeTree(place: Place): Promise<void> {
  await removeEntry(place.directory, Buffer.from(place.name), 0);
}

async function removeEntry(directory: Directory, name: Buffer, depth: number): Promise<void> {
  try {
    return await unlink(directory.entry(name));
  } catch (error) {
    // What unlink(2) says about a directory: EISDIR on Linux, EPERM elsewhere.
    const code = errnoOf(error);
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    await emptyDirectory(directory, name, depth, error);
  }
  await rmdir(directory.entry(name));
}

async function emptyDirectory(parent: Directory, name: Buffer, depth: number, unlinkError: unknown): Promise<void> {
  if (depth >= MAX_DEPTH) throw new AgentError('path_invalid', `The tree is deeper than ${MAX_DEPTH} directories.`);
  const directory = await enterOrThrow(parent, name, unlinkError);
  try {
    for (let batches = 0; batches < MAX_BATCHES; batches++) {
      const names = await readBatch(directory);
      if (names.length === 0) return;
      for (const child of names) await removeIfThere(directory, child, depth + 1);
    }
  } finally {
    await directory.close();
  }
}

/** A file that may not be unlinked raises EPERM, too: then that is the reason, and not that it is no directory. */
async function enterOrThrow(parent: Directory, name: Buffer, unlinkError: unknown): Promise<Directory> {
  try {
    return await parent.enter(name);
  } catch (error) {
    throw errnoOf(error) === 'ENOTDIR' ? unlinkError : error;
  }
}

async function removeIfThere(directory: Directory, name: Buffer, depth: number): Promise<void> {
  try {
    await removeEntry(directory, name, depth);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

async function readBatch(directory: Directory): Promise<Buffer[]> {
  const names: Buffer[] = [];
  for await (const name of namesIn(directory)) {
    names.push(name);
    if (names.length === BATCH) break;
  }
  return names;
}

/** The names in a directory, as the bytes that they are on disk. */
export async function* namesIn(directory: Directory): AsyncGenerator<Buffer> {
  // Node answers names as buffers for this encoding; its types only know text. Names need not be UTF-8.
  const encoding = 'buffer' as BufferEncoding;
  for await (const entry of await opendir(directory.entry('.') as string, { encoding, bufferSize: 256 })) {
    yield entry.name as unknown as Buffer;
  }
}
