import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The whole environment of what Bay starts on the host: a sandbox could read its first process's. */
export const TOOL_ENVIRONMENT: Readonly<Record<string, string>> = { PATH: DIRECTORIES.join(':') };

export const isAccessible = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    // Whatever the reason, it cannot be used.
    return false;
  }
};

/** Its path, or null. Not by PATH: who started Bay does not decide what may run as root. */
export const findTool = (name: string): string | null =>
  DIRECTORIES.map((directory) => join(directory, name)).find((path) => isAccessible(path, constants.X_OK)) ?? null;
