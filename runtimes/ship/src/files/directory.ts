import { constants, type PathLike } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { platform } from 'node:process';

/** Linux's O_PATH, which Node does not name: a descriptor to walk through, which needs no permission to read. */
const O_PATH = 0o10000000;
const ENTER = constants.O_DIRECTORY | constants.O_NOFOLLOW | O_PATH;

/**
 * A directory that stays the one that was opened, whatever happens to its path meanwhile: on Linux its entries are
 * named through a descriptor (`/proc/self/fd/N/name`, what openat(2) does). User code runs beside the agent and can
 * swap any directory for a symbolic link between a check and its use; a path would then lead elsewhere. Other systems
 * have no such names, and there a plain path is used.
 */
export class Directory {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle | undefined,
  ) {}

  /** Opens the directory at an absolute path that is trusted: links in it are followed. */
  static async open(path: string): Promise<Directory> {
    if (platform !== 'linux') return new Directory(path, undefined);
    return Directory.of(await open(path, constants.O_DIRECTORY | O_PATH));
  }

  private static of(handle: FileHandle): Directory {
    return new Directory(`/proc/self/fd/${handle.fd}`, handle);
  }

  /** What to give to a system call for the entry `name`; `.` is the directory itself. Good until {@link close}. */
  entry(name: string | Buffer): PathLike {
    return Buffer.concat([Buffer.from(`${this.path}/`), Buffer.from(name)]);
  }

  /** Opens a directory in this one. Anything else, a symbolic link included, raises ENOTDIR. */
  async enter(name: string | Buffer): Promise<Directory> {
    if (this.handle) return Directory.of(await open(this.entry(name), ENTER));
    const path = this.entry(name);
    if (!(await lstat(path)).isDirectory()) {
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR', syscall: 'open' });
    }
    return new Directory(path.toString(), undefined);
  }

  async close(): Promise<void> {
    await this.handle?.close();
  }
}
