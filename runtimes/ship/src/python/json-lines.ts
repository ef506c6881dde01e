/** The longest line: a display of the largest size, JSON-escaped. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** What came is not what the protocol allows. */
export class BrokenChannel extends Error {
  override readonly name = 'BrokenChannel';
}

/** Splits a stream of bytes into JSON values, one a line. */
export class JsonLines {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly onValue: (value: unknown) => void) {}

  /** @throws BrokenChannel for a line that is no JSON or does not end */
  write(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.chunks.push(chunk.subarray(start, end));
      start = end + 1;
      const line = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
      this.chunks = [];
      this.size = 0;
      this.onValue(parse(line?.toString('utf8') ?? ''));
    }
    if (start === chunk.length) return;
    this.chunks.push(chunk.subarray(start));
    this.size += chunk.length - start;
    if (this.size > MAX_LINE_BYTES) throw new BrokenChannel('A line of the channel does not end.');
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new BrokenChannel('A line is no JSON.');
    throw error;
  }
}
