import { StringDecoder } from 'node:string_decoder';
import { type EventLog, type NewEvent } from './event-log.js';

/** Output that follows other output within this time travels with it: few events for a loop that prints, and no visible delay. */
const COALESCE_MS = 4;
/** An event's text stays under this many characters. */
const MAX_TEXT = 64 * 1024;

type Stream = 'stdout' | 'stderr';

/**
 * Turns bytes of stdout and stderr into events: decodes UTF-8 across chunks (what is none becomes U+FFFD), merges crumbs.
 * The first chunk after a pause goes out in the same turn of the event loop.
 */
export class OutputWriter {
  private readonly decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  private pending: { stream: Stream; text: string } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lastFlush = -Infinity;

  constructor(private readonly log: EventLog) {}

  write(stream: Stream, bytes: Buffer): void {
    this.addText(stream, this.decoders[stream].write(bytes));
  }

  /** Adds another event, behind all output that came before it. */
  add(event: NewEvent): void {
    this.flush();
    this.log.add(event);
  }

  /** Adds the last event. */
  end(event: NewEvent): void {
    for (const stream of ['stdout', 'stderr'] as const) this.addText(stream, this.decoders[stream].end());
    this.add(event);
  }

  private addText(stream: Stream, text: string): void {
    if (!text) return;
    if (this.pending && (this.pending.stream !== stream || this.pending.text.length + text.length > MAX_TEXT))
      this.flush();
    if (this.pending) this.pending.text += text;
    else this.pending = { stream, text };
    if (this.timer) return;
    if (performance.now() - this.lastFlush > COALESCE_MS) this.flush();
    else this.timer = setTimeout(() => this.flush(), COALESCE_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const pending = this.pending;
    if (!pending) return;
    this.pending = undefined;
    this.lastFlush = performance.now();
    this.log.add({ type: pending.stream, text: pending.text });
  }
}
