import { execFileSync } from 'node:child_process';
import { tempDir } from './temp-dir.js';

/** Why no small disk can be made on this machine; null when one can. */
export const smallDiskAbsence = (): string | null =>
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root may mount a small disk';

export interface SmallDisk {
  readonly path: string;
  /** What uses it has ended. */
  remove(): void;
}

/** A disk of its own with this much room. */
export function smallDisk(mebibytes: number): SmallDisk {
  const dir = tempDir();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0755`, 'bay-test', dir.path]);
  return {
    path: dir.path,
    remove: () => {
      // Lazily: another mount namespace of this machine may still hold a copy.
      execFileSync('umount', ['--lazy', dir.path]);
      dir.remove();
    },
  };
}
