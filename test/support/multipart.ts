import { Readable } from 'node:stream';
import { type Call } from './api-client.js';

const BOUNDARY = '------------------------bay-test-boundary';

export type Part =
  | { readonly field: string; readonly value: string }
  | { readonly file: string; readonly filename: string; readonly content: Buffer | string | Iterable<Buffer> };

/** A form with its parts in this order, byte by byte as a client writes it; big files are made while they are sent. */
export function form(...parts: readonly Part[]): Pick<Call, 'body' | 'headers'> {
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: Readable.from(bytesOf(parts), { objectMode: false }),
  };
}

/** The file and where it goes, as `curl -F file=@… -F path=…` sends it. */
export const fileForm = (path: string, content: Buffer | string | Iterable<Buffer>) =>
  form({ file: 'file', filename: 'blob', content }, { field: 'path', value: path });

function* bytesOf(parts: readonly Part[]): Iterable<Buffer> {
  for (const part of parts) {
    yield Buffer.from(`--${BOUNDARY}\r\n${headOf(part)}\r\n\r\n`);
    if ('field' in part) yield Buffer.from(part.value);
    else if (typeof part.content === 'string' || Buffer.isBuffer(part.content)) yield Buffer.from(part.content);
    else yield* part.content;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${BOUNDARY}--\r\n`);
}

const headOf = (part: Part): string =>
  'field' in part
    ? `Content-Disposition: form-data; name="${part.field}"`
    : `Content-Disposition: form-data; name="${part.file}"; filename="${part.filename}"\r\n` +
      'Content-Type: application/octet-stream';
