import { coverInherited } from './inherited-descriptors.js';

describe('files that Bay was started with', () => {
  it('are covered, and nothing else is touched', () => {
    expect(coverInherited(['ignore', 'log', 'log'], [1, 4], 9)).toEqual(['ignore', 'log', 'log', 'ignore', 9]);
    expect(coverInherited(['ignore'], [], 9)).toEqual(['ignore']);
  });
});
