import { boundedTexts, normalTags } from './history-texts.js';

describe('tags', () => {
  it.each([
    ['b, a ,b,,', 'a,b'],
    ['', null],
    [' , ', null],
    [null, null],
  ])('%p are kept as %p', (written, kept) => {
    expect(normalTags(written)).toBe(kept);
  });
});

describe('texts of a row', () => {
  it('are whole up to their limit', () => {
    expect(boundedTexts('12345', null, 5)).toEqual({ output: '12345', error: null, isCut: false });
  });

  it('end with how much is missing beyond it', () => {
    const { output, error, isCut } = boundedTexts('1234567', '123456', 5);
    expect(isCut).toBe(true);
    expect(output).toBe('12345\n… (2 more characters)');
    expect(error).toBe('12345\n… (1 more characters)');
  });

  it('are not cut within a character', () => {
    expect(boundedTexts('ab😀', null, 3).output).toBe('ab\n… (2 more characters)');
  });
});
