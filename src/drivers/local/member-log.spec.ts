import { appendFileSync, mkdtempSync, openSync, closeSync, rmSync, statSync, writeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundLog, LOG_LIMIT_BYTES, readTail } from './member-log.js';

describe("a member's log", () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bay-test-'));
    path = join(directory, 'log');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('is empty when there is none', () => {
    expect(readTail(path, 10)).toBe('');
    boundLog(path);
  });

  it('is read from its end, in whole characters', () => {
    writeFileSync(path, 'aüz');
    expect(readTail(path, 10)).toBe('aüz');
    expect(readTail(path, 3)).toBe('üz');
    expect(readTail(path, 2)).toBe('z');
  });

  it('stays within the limit when it holds no text', () => {
    writeFileSync(path, Buffer.alloc(100, 0xff));
    expect(Buffer.byteLength(readTail(path, 50))).toBeLessThanOrEqual(50);
  });

  it('keeps its end when it has grown too long, and its writer goes on behind it', () => {
    const writer = openSync(path, 'a');
    writeSync(writer, 'x'.repeat(LOG_LIMIT_BYTES));
    writeSync(writer, 'before\n');
    boundLog(path);
    writeSync(writer, 'after\n');
    closeSync(writer);
    expect(statSync(path).size).toBeLessThan(LOG_LIMIT_BYTES / 2);
    expect(readTail(path, 13)).toBe('before\nafter\n');
  });

  it('is left alone while it is short', () => {
    appendFileSync(path, 'short');
    boundLog(path);
    expect(readTail(path, 100)).toBe('short');
  });
});
