import { lastOfFrames } from './log-frames.js';

function frame(text: string, stream = 1): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

describe('lastOfFrames', () => {
  it('joins output and errors in the order in which they came', () => {
    expect(lastOfFrames(Buffer.concat([frame('a\n'), frame('b\n', 2), frame('c\n')]), 100)).toBe('a\nb\nc\n');
  });

  it('keeps the end', () => {
    expect(lastOfFrames(Buffer.concat([frame('first\n'), frame('last\n')]), 4)).toBe('ast\n');
  });

  it('does not begin within a character', () => {
    expect(lastOfFrames(frame('zü€'), 4)).toBe('€');
  });

  it('is empty for nothing, and takes what there is of a frame that was cut off', () => {
    expect(lastOfFrames(Buffer.alloc(0), 10)).toBe('');
    expect(lastOfFrames(frame('whole').subarray(0, 11), 10)).toBe('who');
  });
});
