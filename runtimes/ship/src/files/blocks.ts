import { type FileHandle } from 'node:fs/promises';

/**
 * The unit that files are moved in. Two blocks a transfer, used in turns, keep memory flat however large the file is;
 * smaller ones cost a system call more often, larger ones gain no speed.
 */
export const BLOCK_BYTES = 256 * 1024;

export type Blocks = readonly [Buffer, Buffer];

export const makeBlocks = (): Blocks => [Buffer.allocUnsafeSlow(BLOCK_BYTES), Buffer.allocUnsafeSlow(BLOCK_BYTES)];

/** Collects chunks of any size into blocks and writes one block while the other fills. */
export class BlockWriter {
  private readonly blocks = makeBlocks();
  private turn: 0 | 1 = 0;
  private filled = 0;
  private written = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly handle: FileHandle) {}

  /** Rejects with the failure of an earlier block. */
  async add(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      const copied = rest.copy(this.blocks[this.turn], this.filled);
      this.filled += copied;
      rest = rest.subarray(copied);
      if (this.filled === BLOCK_BYTES) await this.turnOver();
    }
  }

  /** Writes what is left and answers the number of bytes written in all. */
  async end(): Promise<number> {
    await this.turnOver();
    await this.writing;
    return this.written;
  }

  /** Waits until the file is left alone, whether or not that went well; the handle can be closed then. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.writing]);
  }

  private async turnOver(): Promise<void> {
    await this.writing;
    this.writing = this.write(this.blocks[this.turn].subarray(0, this.filled));
    // The failure is thrown by whoever waits for the block next; without this Node takes it for unhandled until then.
    this.writing.catch(() => undefined);
    this.turn = this.turn === 0 ? 1 : 0;
    this.filled = 0;
  }

  private async write(block: Buffer): Promise<void> {
    for (let done = 0; done < block.length;) {
      const { bytesWritten } = await this.handle.write(block, done, block.length - done);
      done += bytesWritten;
      this.written += bytesWritten;
    }
  }
}
