import { type ExecutionEvent } from '@bay/protocol';
import { isErrno } from '../processes/errno.js';
import { SpillFile, type FileCursor } from './spill-file.js';

/** An event before the log numbers it. */
export type NewEvent = ExecutionEvent extends infer E ? (E extends ExecutionEvent ? Omit<E, 'seq'> : never) : never;

type OutputEvent = Extract<NewEvent, { type: 'stdout' | 'stderr' }>;

export interface LogLimits {
  /** Above this the log moves to its spill file. */
  memoryBytes: number;
  /** Above this output is dropped, except its end. */
  totalBytes: number;
  /** How much of the dropped output's end is kept: an error stands there. */
  tailBytes: number;
}

export const LOG_LIMITS: LogLimits = { memoryBytes: 128 * 1024, totalBytes: 16 * 1024 * 1024, tailBytes: 64 * 1024 };

const DISK_FULL = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE'];

/**
 * The numbered events of one execution, for any number of readers at their own pace. Adding never waits for a reader.
 * Beginning in memory, then in a file, then dropped: a `gap` says how much, and the last lines follow it.
 */
export class EventLog {
  /** What is not in the file (yet). */
  private lines: Buffer[] = [];
  private file: SpillFile | undefined;
  private readonly waiting = new Set<() => void>();
  private readonly tail: OutputEvent[] = [];
  private tailBytes = 0;
  private droppedBytes = 0;
  private overflown = false;
  private diskIsFull = false;
  private readers = 0;
  private disposed = false;

  bytes = 0;
  lastSeq = 0;
  /** True after `exit`: nothing follows. */
  ended = false;

  constructor(
    private readonly spillDir: string,
    private readonly limits: LogLimits = LOG_LIMITS,
  ) {}

  add(event: NewEvent): void {
    if (event.type === 'stdout' || event.type === 'stderr') return this.addOutput(event);
    const size = this.bytes + roughSize(event);
    const isBulky = event.type !== 'exit' && event.type !== 'started';
    if (isBulky && size > this.limits.totalBytes + (event.type === 'error' ? this.limits.tailBytes * 4 : 0)) {
      this.overflown = true;
      this.droppedBytes += roughSize(event);
      return;
    }
    this.closeGap();
    this.append(event);
    if (event.type === 'exit') this.ended = true;
    this.wake();
  }

  private addOutput(event: OutputEvent): void {
    if (!this.overflown && this.bytes + event.text.length <= this.limits.totalBytes) {
      this.append(event);
      return this.wake();
    }
    this.overflown = true;
    this.tail.push(event);
    this.tailBytes += event.text.length;
    while (this.tailBytes > this.limits.tailBytes && this.tail.length > 1) {
      const dropped = this.tail.shift()?.text ?? '';
      this.tailBytes -= dropped.length;
      this.droppedBytes += Buffer.byteLength(dropped);
    }
  }

  private closeGap(): void {
    if (this.droppedBytes > 0) this.append({ type: 'gap', dropped_bytes: this.droppedBytes });
    this.droppedBytes = this.tailBytes = 0;
    for (const event of this.tail.splice(0)) this.append(event);
  }

  private append(event: NewEvent): void {
    this.lastSeq += 1;
    const line = Buffer.from(`${JSON.stringify({ seq: this.lastSeq, ...event })}\n`);
    this.bytes += line.length;
    this.lines.push(line);
    if (this.bytes > this.limits.memoryBytes && !this.diskIsFull) this.spill();
  }

  /** Moves all lines to the file. On a full disk they stay here, and output is dropped from now on. */
  private spill(): void {
    try {
      this.file ??= new SpillFile(this.spillDir);
      while (this.lines[0]) {
        this.file.append(this.lines[0]);
        this.lines.shift();
      }
    } catch (error) {
      if (!isErrno(error, ...DISK_FULL)) throw error;
      this.diskIsFull = this.overflown = true;
    }
  }

  /** Starts reading behind event `after`. The reader calls `release` when it is done. */
  openReader(after: number): LogReader {
    if (this.disposed) throw new Error('The log was disposed of.');
    this.readers += 1;
    const cursor: FileCursor = { seq: Math.min(after, this.lastSeq) };
    return {
      read: () => this.read(cursor),
      changed: (signal) => this.changed(signal),
      release: () => {
        this.readers -= 1;
        this.closeUnused();
      },
    };
  }

  private read(cursor: FileCursor): Buffer | undefined {
    const chunk = this.file?.read(cursor);
    if (chunk) return chunk;
    const inFile = this.file?.lines ?? 0;
    const inMemory = this.lines.slice(cursor.seq - inFile);
    if (inMemory.length === 0) return undefined;
    cursor.seq += inMemory.length;
    return Buffer.concat(inMemory);
  }

  private changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  /** Lets go of the file once the last reader has left. */
  dispose(): void {
    this.disposed = true;
    this.closeUnused();
  }

  private closeUnused(): void {
    if (!this.disposed || this.readers > 0) return;
    this.file?.close();
    this.file = undefined;
    this.lines = [];
  }
}

export interface LogReader {
  /** The next events as JSON lines; undefined when there are none yet. */
  read(): Buffer | undefined;
  /** Resolves at the next event, or at the abort. */
  changed(signal: AbortSignal): Promise<void>;
  release(): void;
}

/** Near enough for a limit, without serialising the event twice. */
function roughSize(event: NewEvent): number {
  if (event.type !== 'display' && event.type !== 'result') return 256;
  let size = 256;
  for (const content of Object.values(event.data))
    size += typeof content === 'string' ? content.length : JSON.stringify(content).length;
  return size;
}
