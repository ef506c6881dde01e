import { Router, type Route } from './router.js';

const route = (method: string, pattern: string): Route => ({ method, pattern, handle: async () => undefined });

describe('Router', () => {
  const router = new Router([
    route('GET', '/things'),
    route('GET', '/things/:id'),
    route('PUT', '/things/:id/parts/:part'),
  ]);

  it.each([
    ['GET', '/things', {}],
    ['GET', '/things/a%2Fb', { id: 'a/b' }],
    ['PUT', '/things/1/parts/2', { id: '1', part: '2' }],
  ])('finds %s %s', (method, path, params) => {
    expect(router.find(method, path)?.params).toEqual(params);
  });

  it.each([
    ['POST', '/things'],
    ['GET', '/things/'],
    ['GET', '/things/1/parts'],
    ['GET', '/things/%zz'],
    ['GET', '/'],
  ])('finds nothing for %s %s', (method, path) => {
    expect(router.find(method, path)).toBeUndefined();
  });
});
