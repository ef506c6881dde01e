import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

/** How many lines one entry of the index covers: a seek skips at most this many. */
const LINES_PER_MARK = 64;
const READ_BYTES = 64 * 1024;

/** Where a reader stands: behind line `seq`, at `offset` once it is known. */
export interface FileCursor {
  seq: number;
  offset?: number | undefined;
}

/**
 * An execution's events on disk, a JSON line each, the first numbered 1. The file has no name: it is gone with its
 * descriptor, whatever happens to the agent. Written and read synchronously: it lives in the page cache.
 */
export class SpillFile {
  private readonly fd: number;
  /** Offset of line 1, 65, 129, … */
  private readonly marks: number[] = [];
  lines = 0;
  size = 0;

  constructor(directory: string) {
    const path = join(directory, randomUUID());
    this.fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
  }

  append(line: Buffer): void {
    if (this.lines % LINES_PER_MARK === 0) this.marks.push(this.size);
    let written = 0;
    while (written < line.length)
      written += writeSync(this.fd, line, written, line.length - written, this.size + written);
    this.lines += 1;
    this.size += line.length;
  }

  /** The next whole lines behind the cursor, about 64 KiB of them; undefined at the end. Moves the cursor. */
  read(cursor: FileCursor): Buffer | undefined {
    if (cursor.seq >= this.lines) return undefined;
    cursor.offset ??= this.locate(cursor.seq);
    const chunk = this.readWholeLines(cursor.offset);
    cursor.offset += chunk.length;
    cursor.seq += countLines(chunk);
    return chunk;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Offset behind line `seq`. */
  private locate(seq: number): number {
    let offset = this.marks[Math.floor(seq / LINES_PER_MARK)] ?? this.size;
    for (let skip = seq % LINES_PER_MARK; skip > 0;) {
      const chunk = this.readWholeLines(offset);
      let end = 0;
      while (skip > 0 && end < chunk.length) {
        end = chunk.indexOf(10, end) + 1;
        skip -= 1;
      }
      offset += end;
    }
    return offset;
  }

  private readWholeLines(offset: number): Buffer {
    for (let bytes = READ_BYTES; ; bytes *= 4) {
      const buffer = Buffer.allocUnsafe(Math.min(bytes, this.size - offset));
      const length = readSync(this.fd, buffer, 0, buffer.length, offset);
      const end = buffer.lastIndexOf(10, length - 1) + 1;
      if (end > 0) return buffer.subarray(0, end);
      if (offset + length >= this.size) throw new Error('The spill file ends within a line.');
    }
  }
}

function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}
