import { type Api } from './api.js';
import { runningSandboxes, stopSandboxes } from './sandboxes.js';

/** An API of pages and of sandboxes that refuse to stop. A call that is not meant fails. */
const fakeApi = (pages: Record<string, unknown>, refusing: readonly string[] = []): { api: Api; stopped: string[] } => {
  const stopped: string[] = [];
  const api = {
    get: (path: string) =>
      path in pages ? Promise.resolve({ status: 200, body: pages[path] }) : Promise.reject(new Error(path)),
    post: (path: string) => {
      if (refusing.some((id) => path.includes(id))) return Promise.reject(new Error('503'));
      stopped.push(path);
      return Promise.resolve({ status: 200, body: { status: 'stopped' } });
    },
  };
  return { api: api as unknown as Api, stopped };
};

describe('the running sandboxes', () => {
  it('are those of all pages that are not idle', async () => {
    const { api } = fakeApi({
      '/v1/sandboxes?limit=200': {
        items: [
          { id: 'a', status: 'ready' },
          { id: 'b', status: 'idle' },
        ],
        next_cursor: 'x/y',
      },
      '/v1/sandboxes?limit=200&cursor=x%2Fy': { items: [{ id: 'c', status: 'starting' }], next_cursor: null },
    });
    expect((await runningSandboxes(api)).map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('are each stopped, and those that refuse are named', async () => {
    const sandboxes = Array.from({ length: 20 }, (_, index) => ({ id: `sandbox-${index}-`, status: 'ready' }));
    const { api, stopped } = fakeApi({}, ['sandbox-3-', 'sandbox-7-']);
    expect((await stopSandboxes(api, sandboxes)).sort()).toEqual(['sandbox-3-', 'sandbox-7-']);
    expect(stopped).toHaveLength(18);
  });
});
