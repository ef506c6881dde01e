import { appendFileSync, existsSync, mkdtempSync, rmSync, closeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followLog, openLog, tailLog } from './log.js';

describe('the log of the server', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bay-log-'));
    file = join(dir, 'logs/bay.log');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('has no lines before the first start', () => {
    expect(tailLog(file, 10)).toEqual([]);
  });

  it('goes on behind what an earlier server wrote', () => {
    closeSync(openLog(file));
    writeFileSync(file, 'first\n');
    closeSync(openLog(file));
    appendFileSync(file, 'second\n');
    expect(tailLog(file, 10)).toEqual(['first', 'second']);
  });

  it('moves aside at a start when it has grown large', () => {
    closeSync(openLog(file));
    writeFileSync(file, 'x'.repeat(6 * 1024 * 1024));
    closeSync(openLog(file));
    expect(tailLog(file, 10)).toEqual([]);
    expect(existsSync(`${file}.1`)).toBe(true);
  });

  it('shows only as many lines as were asked for, and only those behind a place', () => {
    closeSync(openLog(file));
    writeFileSync(file, 'a\nb\nc\n');
    expect(tailLog(file, 2)).toEqual(['b', 'c']);
    expect(tailLog(file, 2, 4)).toEqual(['c']);
  });

  it('gives each new line once, also when it is written in pieces', async () => {
    closeSync(openLog(file));
    writeFileSync(file, 'old\n');
    const stop = new AbortController();
    const seen: string[] = [];
    const following = followLog(file, 4, stop.signal, (line) => {
      seen.push(line);
      if (line === 'start') appendFileSync(file, 'lf\nlast\n');
      if (line === 'last') stop.abort();
    });
    appendFileSync(file, 'start\nha');
    await following;
    expect(seen).toEqual(['start', 'half', 'last']);
  });
});
