import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, open, rename, unlink } from 'node:fs/promises';
import { type IncomingMessage } from 'node:http';
import { type FileWritten, type UploadCreated } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { BlockWriter } from './blocks.js';
import { errnoOf } from './file-errors.js';
import { at, type Place } from './locate.js';
import { removeTree } from './remove.js';
import { openRegular } from './send-file.js';

/** Hidden, and on the workspace's own file system, so that a finished upload is renamed into place in one step. */
const DIRECTORY = ['.bay', 'uploads'];
/** Uploads that are running or wait for their path. Each running one holds two blocks in memory. */
const MAX_UPLOADS = 64;
/** A finished upload is placed by the request that made it; one this old has been forgotten and may be dropped. */
const FORGOTTEN_MS = 3_600_000;
const NEW_FILE_MODE = 0o644;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Files on their way into the workspace. A body is written to a temporary file first and renamed when it is complete, so
 * that a reader sees the old file or the new one and never a part. Requests run side by side: an id belongs to one of
 * them at a time, because placing or dropping takes it out of the list first.
 */
export class Uploads {
  private readonly waiting = new Map<string, number>();
  private running = 0;

  constructor(
    private readonly workspace: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Takes a request's body. @throws AgentError `queue_full` when too many uploads are under way, `invalid_request` when
   * the body is cut off
   */
  async receive(request: IncomingMessage): Promise<UploadCreated> {
    if (this.running + this.waiting.size >= MAX_UPLOADS) await this.dropForgotten();
    if (this.running + this.waiting.size >= MAX_UPLOADS) {
      throw new AgentError('queue_full', `${MAX_UPLOADS} uploads are under way.`);
    }
    const id = randomBytes(16).toString('hex');
    this.running++;
    try {
      const size = await this.store(id, request);
      this.waiting.set(id, this.now());
      return { id, size };
    } finally {
      this.running--;
    }
  }

  /** Renames an upload to its path. If that fails, the upload waits for another try. */
  async place(id: string, segments: readonly string[], mode?: number): Promise<FileWritten> {
    const since = this.waiting.get(id);
    if (since === undefined) throw notFound(id);
    this.waiting.delete(id);
    try {
      return await this.inTemporary(id, (temporary) => this.move(temporary, segments, mode));
    } catch (error) {
      this.waiting.set(id, since);
      throw error;
    }
  }

  /** Takes a body and places it, with `mode` if it is given; nothing is left of it when either fails. */
  async write(request: IncomingMessage, segments: readonly string[], mode?: number): Promise<FileWritten> {
    await this.refuseUnwritable(segments);
    const { id } = await this.receive(request);
    try {
      return await this.place(id, segments, mode);
    } catch (error) {
      await this.drop(id);
      throw error;
    }
  }

  /** Also when it is gone. */
  async drop(id: string): Promise<void> {
    if (this.waiting.delete(id)) await this.inTemporary(id, removeIfThere);
  }

  private async dropForgotten(): Promise<void> {
    const before = this.now() - FORGOTTEN_MS;
    const forgotten = [...this.waiting].filter(([, since]) => since <= before);
    for (const [id] of forgotten) await this.drop(id);
  }

  private async store(id: string, request: IncomingMessage): Promise<number> {
    return this.inTemporary(id, async (temporary) => {
      const handle = await open(temporary.directory.entry(id), CREATE, NEW_FILE_MODE);
      try {
        await handle.chmod(NEW_FILE_MODE);
        return await receiveBody(request, new BlockWriter(handle));
      } catch (error) {
        await removeIfThere(temporary);
        throw error;
      } finally {
        await handle.close();
      }
    });
  }

  private async move(temporary: Place, segments: readonly string[], wanted?: number): Promise<FileWritten> {
    const handle = await openTemporary(temporary);
    try {
      const { size } = await handle.stat();
      return await at(this.workspace, segments, { makeParents: true }, async (target) => {
        const replaced = await writableMode(target);
        const mode = wanted ?? replaced;
        if (mode !== undefined) await handle.chmod(mode);
        await rename(temporary.directory.entry(temporary.name), target.directory.entry(target.name));
        return { path: segments.join('/'), size };
      });
    } finally {
      await handle.close();
    }
  }

  /** Says what is wrong with the path before the body is taken; a path whose parents are still to be made passes. */
  private async refuseUnwritable(segments: readonly string[]): Promise<void> {
    try {
      await at(this.workspace, segments, {}, writableMode);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  private inTemporary<T>(id: string, use: (place: Place) => Promise<T>): Promise<T> {
    return at(this.workspace, [...DIRECTORY, id], { makeParents: true, followLast: false }, use);
  }
}

/**
 * Removes what an agent that was killed left behind. To be called before the first request. What user code may have put
 * in the way (a file or a link named `.bay`) stays and makes the first upload fail, not the start.
 */
export async function removeStaleUploads(workspace: string): Promise<void> {
  try {
    await at(workspace, DIRECTORY, { followLast: false }, removeTree);
  } catch (error) {
    if (!(error instanceof AgentError) && !errnoOf(error)) throw error;
  }
}

/** @throws AgentError `invalid_request` when the body is cut off */
export async function receiveBody(request: IncomingMessage, writer: BlockWriter): Promise<number> {
  try {
    // The connection has to outlive a failure here, or the client would never read the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) await writer.add(chunk as Buffer);
    return await writer.end();
  } catch (error) {
    if (request.destroyed && !request.complete) throw new AgentError('invalid_request', 'The upload was cut off.');
    // Lets the rest of the body pass unread: the client sends to the end before it reads.
    request.resume();
    throw error;
  } finally {
    await writer.settle();
  }
}

/**
 * Permissions of the file that is about to be replaced; undefined for a new one.
 * @throws AgentError when something else than a file is there; EACCES when it may not be written
 */
async function writableMode(target: Place): Promise<number | undefined> {
  const path = target.directory.entry(target.name);
  const stats = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!stats) return undefined;
  if (stats.isDirectory()) throw new AgentError('is_a_directory', 'This is a directory, not a file.');
  if (!stats.isFile()) throw new AgentError('not_a_file', 'What is there is no regular file.');
  await access(path, constants.W_OK);
  return stats.mode & 0o777;
}

async function openTemporary(temporary: Place): ReturnType<typeof openRegular> {
  try {
    return await openRegular(temporary);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw notFound(temporary.name);
    throw error;
  }
}

async function removeIfThere(place: Place): Promise<void> {
  try {
    await unlink(place.directory.entry(place.name));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

const notFound = (id: string): AgentError => new AgentError('upload_not_found', `There is no upload ${id}.`);
