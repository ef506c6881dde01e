import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../shared/error-code.js';
import { ConfigError } from './config-error.js';

const KEY_BYTES = 32;

export interface Credentials {
  readonly apiKey: string;
  /** Where it lies, mode 0600. */
  readonly file: string;
}

/** The key of `<dataDir>/credentials.json`, made now if there is none. */
export function ensureCredentials(dataDir: string, endpoint: string): Credentials {
  const file = join(dataDir, 'credentials.json');
  const fresh = {
    api_key: `sk-bay-${randomBytes(KEY_BYTES).toString('hex')}`,
    endpoint,
    generated_at: new Date().toISOString(),
  };
  const text = readOrMake(file, `${JSON.stringify(fresh, null, 2)}\n`);
  return { apiKey: apiKeyOf(text, file), file };
}

/** The 32 bytes of `<dataDir>/instance.key`, made now if there are none. Without them running sessions are unreachable. */
export function ensureInstanceKey(dataDir: string): Buffer {
  const file = join(dataDir, 'instance.key');
  const key = Buffer.from(readOrMake(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`).trim(), 'hex');
  if (key.length !== KEY_BYTES) throw broken(file, `does not hold ${KEY_BYTES} bytes as hex.`);
  return key;
}

function apiKeyOf(text: string, file: string): string {
  try {
    const { api_key: key } = JSON.parse(text) as { api_key?: unknown };
    if (typeof key === 'string' && key.length >= 16) return key;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw broken(file, 'does not hold {"api_key": "…"}.');
}

const broken = (file: string, message: string): ConfigError =>
  new ConfigError([{ path: file, message, hint: 'Put a backup back, or remove it: the next start makes a new one.' }]);

/**
 * Whoever comes first makes the file; everyone reads the same. Written apart and linked in whole, so that nobody ever
 * reads half of it and nobody overwrites.
 */
function readOrMake(file: string, content: string): string {
  const draft = `${file}.${randomUUID()}`;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
  }
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
    return content;
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes the directory, readable by its owner alone. */
export function ensureDataDir(dataDir: string): void {
  try {
    if (mkdirSync(dataDir, { recursive: true, mode: 0o700 })) chmodSync(dataDir, 0o700);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    const hint = 'Name a directory that may be written with BAY_DATA_DIR.';
    throw new ConfigError([{ path: 'server.data_dir', message: `${dataDir} cannot be made (${code}).`, hint }]);
  }
}
