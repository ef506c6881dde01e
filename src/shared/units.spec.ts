import { parseBytes } from './units.js';

describe('parseBytes', () => {
  it.each([
    ['512m', 512 * 2 ** 20],
    ['1g', 2 ** 30],
    ['1G', 2 ** 30],
    ['512Mi', 512 * 2 ** 20],
    ['1Gi', 2 ** 30],
    ['1.5g', 1.5 * 2 ** 30],
    ['64 KiB', 65_536],
    ['1024', 1024],
    [1024, 1024],
    ['0', 0],
  ])('reads %p as %p bytes', (size, bytes) => expect(parseBytes(size)).toBe(bytes));

  it.each(['', 'g', '1x', '-1g', '1gg', '1e3', 'NaN', '99999999t', Number.NaN, -1])('refuses %p', (size) =>
    expect(parseBytes(size)).toBeUndefined(),
  );
});
