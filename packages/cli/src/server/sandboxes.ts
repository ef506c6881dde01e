import { type Api, ApiFailure } from './api.js';

interface Sandbox {
  readonly id: string;
  readonly status: string;
}

const PAGE = 200;
const STOP_TIMEOUT_MS = 20_000;
/** Stops that are under way at the same time. */
const AT_ONCE = 8;

/** Every sandbox whose containers run or are about to. */
export const runningSandboxes = async (api: Api): Promise<Sandbox[]> => {
  const found: Sandbox[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `?limit=${PAGE}&cursor=${encodeURIComponent(cursor)}` : `?limit=${PAGE}`;
    const { body } = await api.get<{ items: Sandbox[]; next_cursor: string | null }>(`/v1/sandboxes${query}`);
    found.push(...body.items.filter(({ status }) => status !== 'idle'));
    cursor = body.next_cursor;
  } while (cursor);
  return found;
};

/** Removes the started sandboxes that nobody has yet; no list shows them. Until the server is started again there are none. */
export const drainPools = async (api: Api): Promise<void> => {
  try {
    await api.post('/v1/admin/pool/drain', undefined, STOP_TIMEOUT_MS);
  } catch (error) {
    // A server of an older version has no pools.
    if (!(error instanceof ApiFailure && error.status === 404)) throw error;
  }
};

/** Stops each; files stay. Returns the ids of those that would not. */
export const stopSandboxes = async (api: Api, sandboxes: readonly Sandbox[]): Promise<string[]> => {
  const waiting = [...sandboxes];
  const refused: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { id } = next;
      await api.post(`/v1/sandboxes/${id}/stop`, undefined, STOP_TIMEOUT_MS).catch(() => refused.push(id));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return refused;
};
