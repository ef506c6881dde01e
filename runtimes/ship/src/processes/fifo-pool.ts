import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BATCH = 32;
const LOW_WATER = 8;

/** Named pipes made ahead of need: Node cannot make a pipe, and one `mkfifo` for many costs a command nothing. */
export class FifoPool {
  private readonly ready: string[] = [];
  private making: Promise<void> | undefined;

  constructor(private readonly directory: string) {}

  /** Paths of FIFOs that nobody else gets. */
  async take(count: number): Promise<string[]> {
    while (this.ready.length < count) await this.make();
    const taken = this.ready.splice(0, count);
    // The next taker meets the failure, if there is one.
    if (this.ready.length < LOW_WATER) this.make().catch(() => undefined);
    return taken;
  }

  private make(): Promise<void> {
    this.making ??= this.makeBatch().finally(() => (this.making = undefined));
    return this.making;
  }

  private async makeBatch(): Promise<void> {
    const paths = Array.from({ length: BATCH }, () => join(this.directory, randomUUID()));
    await run('mkfifo', ['-m', '600', ...paths], { timeout: 5_000 });
    this.ready.push(...paths);
  }
}
