import { setTimeout as delay } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 10;

export interface WaitLimits {
  readonly withinMs: number;
  /** Its abort ends the wait with the caller's own reason. */
  readonly signal: AbortSignal;
}

/** Looks until it is so, first every millisecond. False when the time is over. */
export const waitUntil = async (isSo: () => boolean, { withinMs, signal }: WaitLimits): Promise<boolean> => {
  const end = performance.now() + withinMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    if (isSo()) return true;
    if (performance.now() >= end) return false;
    await delay(pauseMs);
  }
};

const queues = new Map<string, Promise<unknown>>();

/**
 * One at a time for each key, in this process, across all instances of the driver. Who waits and is aborted leaves with
 * the caller's own reason and does nothing.
 */
export const oneAtATime = async <T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  const before = queues.get(key) ?? Promise.resolve();
  const own = before.then(() => {
    signal.throwIfAborted();
    return work();
  });
  const settled = own.catch(() => undefined);
  queues.set(key, settled);
  void settled.then(() => {
    if (queues.get(key) === settled) queues.delete(key);
  });
  return orAborted(own, signal);
};

/** The promise's end, or the abort's reason when that comes first; the work behind it goes on. */
export const orAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
};
