import { pipeline } from 'node:stream/promises';
import { type Response } from 'express';
import { type FileDownload } from '../runtimes/ship/ship-client.js';

/** A client that takes no byte of a download for so long is given up, ms. */
const STALL_MS = 60_000;

/** Streams an open download to the client as a file of this name. */
export async function sendFile(response: Response, name: string, { size, body }: FileDownload): Promise<void> {
  response.attachment(name).type('application/octet-stream');
  if (size !== null) response.set('content-length', String(size));
  response.setTimeout(STALL_MS, () => response.destroy());
  await pipeline(body, response);
}
