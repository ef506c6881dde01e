import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type IncomingMessage } from 'node:http';
import { type FileWritten } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { BlockWriter } from './blocks.js';
import { at, type Place } from './locate.js';
import { receiveBody } from './uploads.js';

const NEW_FILE_MODE = 0o644;
/** O_NONBLOCK: opening a FIFO must not wait for its reader. */
const APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Adds a request's body to the end of a file, which is made if it is not there. Appends that run side by side keep all of
 * each other's blocks; a body that is cut off leaves what arrived.
 */
export function appendToFile(
  workspace: string,
  segments: readonly string[],
  request: IncomingMessage,
): Promise<FileWritten> {
  return at(workspace, segments, { makeParents: true }, async (place) => ({
    path: segments.join('/'),
    size: await append(place, request),
  }));
}

/** The size of the whole file afterwards. */
async function append(place: Place, request: IncomingMessage): Promise<number> {
  const handle = await open(place.directory.entry(place.name), APPEND, NEW_FILE_MODE);
  try {
    if (!(await handle.stat()).isFile()) throw new AgentError('not_a_file', 'What is there is no regular file.');
    await receiveBody(request, new BlockWriter(handle));
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
