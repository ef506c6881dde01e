import { compareTemplates } from './allowed-methods.js';

describe('of two templates for the same path', () => {
  it.each([
    ['/items/last', '/items/:id'],
    ['/items/:id', '/{*splat}'],
    ['/items/:id', '/items/*rest'],
    ['/items/last/:n', '/items/:id/last'],
  ])('%s fits better than %s', (better, worse) => {
    expect(compareTemplates(better, worse)).toBeLessThan(0);
    expect(compareTemplates(worse, better)).toBeGreaterThan(0);
  });

  it('none is better than itself', () => expect(compareTemplates('/items/:id', '/items/:id')).toBe(0));
});
