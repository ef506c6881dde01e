import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { type ServerResponse } from 'node:http';
import { AgentError } from '../http/errors.js';
import { BLOCK_BYTES, makeBlocks } from './blocks.js';
import { type Place } from './locate.js';

/** Without O_NONBLOCK, opening a FIFO waits for its writer; the others refuse a link put there since, and terminals. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a regular file and nothing else.
 * @throws AgentError `is_a_directory`, `not_a_file`; errors of the system as they are
 */
export async function openRegular(place: Place): Promise<FileHandle> {
  const handle = await open(place.directory.entry(place.name), READ);
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new AgentError('is_a_directory', 'This is a directory, not a file.');
    if (!stats.isFile()) throw new AgentError('not_a_file', 'This is no regular file.');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Answers with the file's bytes: as many as it had at the start, so that `Content-Length` holds for one that grows. One
 * that shrinks, or a disk that fails, ends the connection, since that is how HTTP tells a client that the rest is missing.
 */
export async function sendFile(handle: FileHandle, response: ServerResponse): Promise<void> {
  const { size } = await handle.stat();
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  try {
    await pump(handle, response, size);
    response.end();
  } catch {
    // The status is sent, so nothing can be answered; a client that has gone ends here as well.
    response.destroy();
  }
}

async function pump(handle: FileHandle, response: ServerResponse, size: number): Promise<void> {
  const blocks = makeBlocks();
  let sending: Promise<void> = Promise.resolve();
  for (let sent = 0, turn = 0; sent < size; turn = 1 - turn) {
    const block = turn === 0 ? blocks[0] : blocks[1];
    const { bytesRead } = await handle.read(block, 0, Math.min(BLOCK_BYTES, size - sent), sent);
    if (bytesRead === 0) throw new Error('The file became shorter.');
    await sending;
    sending = write(response, block.subarray(0, bytesRead));
    // Thrown at the next turn's await; without this Node takes it for unhandled until then.
    sending.catch(() => undefined);
    sent += bytesRead;
  }
  await sending;
}

/** Resolves once the bytes have left for the kernel and the block may be filled anew. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('The client has gone.'));
    response.once('close', gone);
    response.write(bytes, (error) => {
      response.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
}
