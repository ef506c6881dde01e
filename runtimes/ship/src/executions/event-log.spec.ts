import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionEvent } from '@bay/protocol';
import { EventLog, type NewEvent } from './event-log.js';

const LIMITS = { memoryBytes: 1_000, totalBytes: 20_000, tailBytes: 500 };
const EXIT: NewEvent = {
  type: 'exit',
  outcome: 'ok',
  exit_code: 0,
  execution_count: null,
  state_lost: false,
  duration_ms: 1,
  message: null,
};

function readAll(log: EventLog, after = 0): ExecutionEvent[] {
  const reader = log.openReader(after);
  const events: ExecutionEvent[] = [];
  for (let chunk = reader.read(); chunk; chunk = reader.read()) {
    for (const line of chunk.toString().split('\n').filter(Boolean)) events.push(JSON.parse(line) as ExecutionEvent);
  }
  reader.release();
  return events;
}

describe('EventLog', () => {
  let directory: string;
  let log: EventLog;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'event-log-'));
    log = new EventLog(directory, LIMITS);
  });
  afterEach(() => {
    log.dispose();
    rmSync(directory, { recursive: true });
  });

  const print = (count: number, text = 'some output\n'): void => {
    for (let n = 0; n < count; n += 1) log.add({ type: 'stdout', text });
  };

  it('numbers events from 1', () => {
    print(3);
    expect(readAll(log).map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  it.each([5, 200])(
    'gives a reader of %d events what lies behind its cursor, from memory and from the file',
    (count) => {
      print(count);
      const all = readAll(log);
      expect(all).toHaveLength(count);
      for (let after = 0; after <= count; after += 1) expect(readAll(log, after)).toEqual(all.slice(after));
    },
  );

  it('keeps a reader at its place when the log moves to the file', () => {
    const reader = log.openReader(0);
    print(3);
    expect(reader.read()?.toString().split('\n')).toHaveLength(4);
    print(100);
    expect(JSON.parse(reader.read()?.toString().split('\n')[0] ?? '')).toMatchObject({ seq: 4 });
    reader.release();
  });

  it('wakes a reader at the next event, and at its abort', async () => {
    const reader = log.openReader(0);
    const woken = reader.changed(new AbortController().signal);
    print(1);
    await woken;
    const gone = new AbortController();
    const aborted = reader.changed(gone.signal);
    gone.abort();
    await aborted;
    reader.release();
  });

  it('drops output beyond its limit, says how much, and keeps the end', () => {
    for (let n = 0; n < 2_000; n += 1) log.add({ type: 'stdout', text: `line ${String(n).padStart(4, '0')}\n` });
    log.add(EXIT);
    const events = readAll(log);
    const kept = events.reduce((total, event) => total + (event.type === 'stdout' ? event.text.length : 0), 0);
    const [gap, ...others] = events.filter((event) => event.type === 'gap');
    expect(others).toEqual([]);
    expect(kept + (gap?.dropped_bytes ?? 0)).toBe(2_000 * 10);
    expect(events.at(-2)).toMatchObject({ type: 'stdout', text: 'line 1999\n' });
    expect(events.at(-1)).toMatchObject({ type: 'exit' });
    expect(log.bytes).toBeLessThan(LIMITS.totalBytes * 1.2);
  });

  it('drops displays and errors beyond its limit, too', () => {
    for (let n = 0; n < 500; n += 1) {
      log.add({ type: 'display', data: { 'text/plain': 'x'.repeat(500) } });
      log.add({ type: 'error', name: 'E', value: '', traceback: [] });
    }
    log.add(EXIT);
    expect(log.bytes).toBeLessThan(LIMITS.totalBytes * 2);
    expect(readAll(log).map((event) => event.type)).toContain('gap');
  });

  it('keeps its file for a reader that is still there when it is disposed of', () => {
    print(200);
    const reader = log.openReader(0);
    log.dispose();
    expect(reader.read()).toBeDefined();
    reader.release();
    expect(() => log.openReader(0)).toThrow();
  });
});
