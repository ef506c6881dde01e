import { type OutputWriter } from '../executions/output.js';

/** What is kept of output that belongs to no cell: enough for a line or two of a background thread. */
const MAX_BYTES = 64 * 1024;

/** Output between two cells, of threads and processes that outlived theirs. The next cell shows it; what is too much is dropped. */
export class StrayOutput {
  private readonly chunks: { stream: 'stdout' | 'stderr'; bytes: Buffer }[] = [];
  private size = 0;

  write(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    const room = MAX_BYTES - this.size;
    if (room <= 0) return;
    // The pipe's buffer is used again for the next read.
    this.chunks.push({ stream, bytes: Buffer.from(bytes.subarray(0, room)) });
    this.size += Math.min(room, bytes.length);
  }

  moveTo(output: OutputWriter): void {
    for (const { stream, bytes } of this.chunks) output.write(stream, bytes);
    this.clear();
  }

  text(): string {
    return Buffer.concat(this.chunks.map((chunk) => chunk.bytes)).toString('utf8');
  }

  clear(): void {
    this.chunks.length = this.size = 0;
  }
}
