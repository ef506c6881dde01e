import { BrokenChannel, JsonLines } from './json-lines.js';

describe('JsonLines', () => {
  it('reads values however the bytes are cut', () => {
    const text = Buffer.from('{"a":"é"}\n[1]\n"x"\n');
    for (let size = 1; size <= text.length; size += 1) {
      const values: unknown[] = [];
      const lines = new JsonLines((value) => values.push(value));
      for (let at = 0; at < text.length; at += size) lines.write(text.subarray(at, at + size));
      expect(values).toEqual([{ a: 'é' }, [1], 'x']);
    }
  });

  it('refuses what is no JSON, and a line without an end', () => {
    const lines = new JsonLines(() => undefined);
    expect(() => lines.write(Buffer.from('garbage\n'))).toThrow(BrokenChannel);
    const chunk = Buffer.alloc(4 * 1024 * 1024, 'x');
    expect(() => {
      for (let n = 0; n < 20; n += 1) lines.write(chunk);
    }).toThrow(BrokenChannel);
  });
});
