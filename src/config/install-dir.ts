import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where Bay's own files lie (`config/`, `runtimes/`, `package.json`), found upwards from this file, compiled or not. */
export const INSTALL_DIR = findUpwards(import.meta.dirname);

/** Of `package.json`. */
export const VERSION = (JSON.parse(readFileSync(join(INSTALL_DIR, 'package.json'), 'utf8')) as { version: string })
  .version;

function findUpwards(from: string): string {
  if (existsSync(join(from, 'config', 'default.yaml'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('config/default.yaml is missing: the installation is incomplete.');
  return findUpwards(parent);
}
