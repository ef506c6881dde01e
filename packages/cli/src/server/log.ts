import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Past this size the log moves aside at the next start; one older file is kept. */
const ROTATE_BYTES = 5 * 1024 * 1024;
/** The most that is read from the end when the last lines are asked for. */
const TAIL_BYTES = 1024 * 1024;
const POLL_MS = 150;

/** Opens the log for a new server, at its end. Closed by the caller once the server has it. */
export const openLog = (file: string): number => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file) && statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
};

/** Where the log ends now; lines after it belong to the server that is about to start. */
export const logEnd = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** The last lines, oldest first, that were written behind `from`. */
export const tailLog = (file: string, count: number, from = 0): string[] => {
  if (!existsSync(file)) return [];
  const fd = openSync(file, 'r');
  try {
    const size = fstatSync(fd).size;
    const start = Math.max(from, size - TAIL_BYTES);
    return readRange(fd, start, size).split('\n').filter(Boolean).slice(-count);
  } finally {
    closeSync(fd);
  }
};

const readRange = (fd: number, start: number, end: number): string => {
  const buffer = Buffer.alloc(Math.max(0, end - start));
  const length = readSync(fd, buffer, 0, buffer.length, start);
  return buffer.subarray(0, length).toString('utf8');
};

/** Gives every new line to `onLine` until the signal aborts. A log that was moved aside is picked up at its new start. */
export const followLog = async (
  file: string,
  from: number,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> => {
  let position = from;
  let rest = '';
  while (!signal.aborted) {
    const size = logEnd(file);
    if (size < position) position = 0;
    if (size > position) {
      const end = Math.min(size, position + TAIL_BYTES);
      const fd = openSync(file, 'r');
      const lines = (rest + readRange(fd, position, end)).split('\n');
      closeSync(fd);
      rest = lines.pop() ?? '';
      position = end;
      lines.filter(Boolean).forEach(onLine);
    } else {
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
};
