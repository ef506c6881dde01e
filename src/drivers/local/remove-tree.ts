import { chmod, lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes a directory that a sandbox wrote: absent is fine, links are never followed, and directories that their owner may
 * not read are opened first. No process may write in it any more.
 */
export const removeTree = async (path: string): Promise<void> => {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error;
    await openDirectories(path);
    await rm(path, { recursive: true, force: true });
  }
};

const openDirectories = async (top: string): Promise<void> => {
  const waiting = [top];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (!(await lstat(path)).isDirectory()) continue;
    await chmod(path, 0o700);
    for await (const entry of await opendir(path)) if (entry.isDirectory()) waiting.push(join(path, entry.name));
  }
};
