import { type ExecutionEvent, type ExitEvent, type MimeBundle } from '@bay/protocol';

/** Displays kept of one execution, and how much of them in all, in characters; the rest is dropped and said. */
const MAX_DISPLAYS = 100;
const MAX_DISPLAY_CHARS = 48 * 1024 * 1024;

/** Text that grows up to a limit and then only counts. */
class BoundedText {
  private readonly parts: string[] = [];
  private kept = 0;
  dropped = 0;

  constructor(private readonly limit: number) {}

  push(text: string): void {
    const room = Math.max(this.limit - this.kept, 0);
    const taken = text.length <= room ? text : text.slice(0, room);
    if (taken) this.parts.push(taken);
    this.kept += taken.length;
    this.dropped += text.length - taken.length;
  }

  toString(): string {
    return this.parts.join('');
  }
}

/** What one execution wrote, gathered event by event and bounded at every place. */
export class ExecutionOutput {
  /** Everything readable in the order it came: both streams, results and displays as text. */
  private readonly mixed: BoundedText;
  private readonly out: BoundedText;
  private readonly err: BoundedText;
  private displayChars = 0;
  private lostBytes = 0;

  readonly displays: MimeBundle[] = [];
  error: Extract<ExecutionEvent, { type: 'error' }> | null = null;
  exit: ExitEvent | null = null;
  executionCount: number | null = null;
  started = false;
  /** The last event seen; where a broken stream is taken up again. */
  cursor = 0;

  constructor(limit: number) {
    this.mixed = new BoundedText(limit);
    this.out = new BoundedText(limit);
    this.err = new BoundedText(limit);
  }

  get text(): string {
    return this.mixed.toString();
  }

  get stdout(): string {
    return this.out.toString();
  }

  get stderr(): string {
    return this.err.toString();
  }

  /** Something was cut here, or was no longer held by the agent. */
  get truncated(): boolean {
    return this.lostBytes > 0 || this.mixed.dropped > 0 || this.out.dropped > 0 || this.err.dropped > 0;
  }

  add(event: ExecutionEvent): void {
    if (event.seq <= this.cursor) return;
    this.cursor = event.seq;
    switch (event.type) {
      case 'started':
        this.started = true;
        this.executionCount = event.execution_count;
        return;
      case 'stdout':
        this.out.push(event.text);
        return this.mixed.push(event.text);
      case 'stderr':
        this.err.push(event.text);
        return this.mixed.push(event.text);
      case 'display':
        return this.show(event.data);
      case 'result':
        this.executionCount = event.execution_count;
        return this.show(event.data);
      case 'error':
        this.error = event;
        return;
      case 'gap':
        this.lostBytes += event.dropped_bytes;
        return;
      case 'exit':
        this.exit = event;
        this.executionCount = event.execution_count ?? this.executionCount;
        return;
    }
  }

  /** As the published clients know it: a picture stands for itself, everything else also as text. */
  private show(data: MimeBundle): void {
    const text = data['text/plain'];
    if (!('image/png' in data) && typeof text === 'string') this.mixed.push(text);
    const size = JSON.stringify(data).length;
    if (this.displays.length >= MAX_DISPLAYS || this.displayChars + size > MAX_DISPLAY_CHARS) {
      this.lostBytes += size;
      return;
    }
    this.displayChars += size;
    this.displays.push(data);
  }
}
