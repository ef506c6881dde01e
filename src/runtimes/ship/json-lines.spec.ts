import { jsonLines } from './json-lines.js';

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

describe('newline-delimited JSON of an agent', () => {
  it('is read however it is cut into pieces, also inside a character', async () => {
    const bytes = Buffer.from('{"a":"ü"}\n{"b":2}\n');
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await all(jsonLines(chunks(...pieces)))).toEqual([{ a: 'ü' }, { b: 2 }]);
  });

  it('drops a last line that was cut off', async () => {
    expect(await all(jsonLines(chunks('1\n{"half":')))).toEqual([1]);
  });

  it('ends with ship_error at what is not JSON', async () => {
    await expect(all(jsonLines(chunks('<html>\n')))).rejects.toMatchObject({ code: 'ship_error' });
  });

  it('ends with ship_error at a line without an end, before it fills the memory', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 'x');
    const endless = chunks(...Array.from({ length: 40 }, () => mebibyte));
    await expect(all(jsonLines(endless))).rejects.toMatchObject({ code: 'ship_error' });
  });
});
