import { setTimeout as delay } from 'node:timers/promises';

/** Far above what is waited for on a loaded machine, ms. */
const WITHIN_MS = 30_000;
const POLL_MS = 50;

/** Looks until what it sees is right, and answers it. Throws with what it saw last. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  isRight: (seen: T) => boolean,
  withinMs = WITHIN_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`After ${withinMs} ms it is still: ${JSON.stringify(seen, null, 2)}`);
    }
    await delay(POLL_MS);
  }
}
