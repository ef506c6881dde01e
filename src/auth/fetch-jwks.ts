import { request } from 'undici';
import { type SigningKey } from './jwks-keys.js';

/** For the whole answer, ms. */
const DEADLINE_MS = 5000;
/** Far above any set of keys, bytes. */
const MOST_BYTES = 1_048_576;

/** Those keys of the set at `url` that sign, in a form that node:crypto reads. Redirects are not followed. */
export async function fetchJwks(url: string): Promise<readonly SigningKey[]> {
  // Loaded when the first token comes: most installations have none.
  const { default: jwksRsa } = await import('jwks-rsa');
  const client = new jwksRsa.JwksClient({ jwksUri: url, cache: false, fetcher: readSet });
  return client.getSigningKeys();
}

async function readSet(url: string): Promise<{ keys: unknown }> {
  const { statusCode, body } = await request(url, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error(`${url} answers more than ${MOST_BYTES} bytes.`);
    parts.push(part);
  }
  if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}.`);
  const set = JSON.parse(Buffer.concat(parts).toString()) as { keys?: unknown } | null;
  if (!Array.isArray(set?.keys)) throw new Error(`${url} answers no set of keys.`);
  return { keys: set.keys };
}
