import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../shared/error-code.js';

/** `<dataDir>/driver`: the name of the driver that this data directory's sandboxes and files live on. */
const fileOf = (dataDir: string): string => join(dataDir, 'driver');

/** Null before the first start. */
export function recallDriver(dataDir: string): string | null {
  try {
    return readFileSync(fileOf(dataDir), 'utf8').trim() || null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export function rememberDriver(dataDir: string, name: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(dataDir), `${name}\n`);
}
