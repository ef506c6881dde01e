import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from './engines.js';
import { eventually } from './eventually.js';
import { tempDir } from './temp-dir.js';

/** Asks a server of Node, started with `env`, how much memory it uses once all garbage is gone. */
export class MemoryInUse {
  private readonly dir = tempDir();
  private readonly file = join(this.dir.path, 'memory.json');

  readonly env = {
    NODE_OPTIONS: `--expose-gc --import=${pathToFileURL(join(REPOSITORY, 'test/support/collect-on-signal.mjs')).href}`,
    TEST_MEMORY_FILE: this.file,
  };

  /** Bytes. */
  async of(pid: number): Promise<number> {
    rmSync(this.file, { force: true });
    process.kill(pid, 'SIGUSR2');
    await eventually(
      () => existsSync(this.file),
      (isThere) => isThere,
    );
    return (JSON.parse(readFileSync(this.file, 'utf8')) as { bytes: number }).bytes;
  }

  remove(): void {
    this.dir.remove();
  }
}
