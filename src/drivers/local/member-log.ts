import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';

/**
 * The most that is kept of what a member's agent writes. It is cut each time that the group is looked at, and Bay looks
 * every few seconds; between two looks a file may be larger.
 */
export const LOG_LIMIT_BYTES = 1024 * 1024;
const KEPT_BYTES = LOG_LIMIT_BYTES / 4;

/** The file's end in whole characters; empty when there is no such file. */
export const readTail = (path: string, maxBytes: number): string => {
  const file = openIfThere(path, constants.O_RDONLY);
  if (file === null) return '';
  try {
    const text = wholeCharacters(readEnd(file, maxBytes)).toString('utf8');
    // Bytes that are no text become longer when they are decoded.
    return text.slice(Math.max(0, Buffer.byteLength(text) - maxBytes));
  } finally {
    closeSync(file);
  }
};

/** Keeps the end of a log that has grown too long. Its writer appends, and so goes on behind it. */
export const boundLog = (path: string): void => {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= LOG_LIMIT_BYTES) return;
  const file = openIfThere(path, constants.O_RDWR | constants.O_APPEND);
  if (file === null) return;
  try {
    const end = readEnd(file, KEPT_BYTES);
    ftruncateSync(file, 0);
    writeSync(file, end);
  } finally {
    closeSync(file);
  }
};

const readEnd = (file: number, maxBytes: number): Buffer => {
  const { size } = fstatSync(file);
  const buffer = Buffer.alloc(Math.min(size, maxBytes));
  return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, size - buffer.length));
};

const wholeCharacters = (bytes: Buffer): Buffer => {
  let start = 0;
  while (start < Math.min(4, bytes.length) && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start += 1;
  return bytes.subarray(start);
};

const openIfThere = (path: string, flags: number): number | null => {
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};
