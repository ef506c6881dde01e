import { StringDecoder } from 'node:string_decoder';
import { BayError } from '../../shared/errors.js';

/** A picture in a display event is the longest line that makes sense. */
const MAX_LINE_CHARS = 32 * 1024 * 1024;

/** Splits a stream of newline-delimited JSON. A line that is too long, or not JSON, ends it with `ship_error`. */
export async function* jsonLines(body: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const lines = decoder.write(chunk).split('\n');
    for (const [index, line] of lines.entries()) {
      parts.push(line);
      length += line.length;
      if (length > MAX_LINE_CHARS) throw new BayError('ship_error', 'The agent sent an event that is too large.');
      if (index === lines.length - 1) break;
      yield parse(parts.join(''));
      parts = [];
      length = 0;
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new BayError('ship_error', 'The agent sent something that is not JSON.', { cause });
  }
}
