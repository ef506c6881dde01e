import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of `./bay`. This file lies in `packages/cli/dist`. */
export const ROOT = resolve(fileURLToPath(new URL('../../..', import.meta.url)));

export const SERVER_ENTRY = join(ROOT, 'dist/src/main.js');
export const SHIP_DIR = join(ROOT, 'runtimes/ship');
export const REQUIREMENTS = join(SHIP_DIR, 'requirements.txt');

/** What lies where in one data directory. */
export interface DataPaths {
  readonly dir: string;
  /** Written by the server when it is ready, removed when it ends. */
  readonly runFile: string;
  /** Written by `up`: how this data directory was last served. Removed by a `down` that ended all sandboxes. */
  readonly servedFile: string;
  /** Written by the server: the driver that the sandboxes of this directory live on. */
  readonly driverFile: string;
  readonly log: string;
  readonly credentials: string;
  readonly python: string;
}

export const dataPaths = (dir: string): DataPaths => ({
  dir,
  runFile: join(dir, 'run/bay.json'),
  servedFile: join(dir, 'run/served.json'),
  driverFile: join(dir, 'driver'),
  log: join(dir, 'logs/bay.log'),
  credentials: join(dir, 'credentials.json'),
  python: join(dir, 'python'),
});
