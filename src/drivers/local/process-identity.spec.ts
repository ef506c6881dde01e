import { identify, isAlive, parseStat, readBootId, signalProcess } from './process-identity.js';

const REST = '1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200';

describe('the identity of a process', () => {
  it('reads state, parent and start time', () => {
    expect(parseStat(`77 (node) S ${REST}`)).toEqual({ state: 'S', parent: 1, startTicks: 98765 });
  });

  it.each(['a b', 'a) R 9 (b', ') S 1', '((', ''])('is not confused by a command called %j', (command) => {
    expect(parseStat(`77 (${command}) T ${REST}`)).toEqual({ state: 'T', parent: 1, startTicks: 98765 });
  });

  it('refuses what it does not know', () => {
    expect(() => parseStat('')).toThrow('Unknown format');
  });

  it('is lost with the start time: a pid that was handed out again is another process', () => {
    const own = identify(process.pid);
    expect(own).not.toBeNull();
    if (own === null) return;
    expect(isAlive(own)).toBe(true);
    const earlier = { ...own, startTicks: own.startTicks - 1 };
    expect(isAlive(earlier)).toBe(false);
    expect(signalProcess(earlier, 'SIGKILL')).toBe(false);
  });

  it('is null where there is no process', () => {
    expect(identify(2 ** 30)).toBeNull();
  });

  it('belongs to one boot', () => {
    expect(readBootId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(readBootId()).toBe(readBootId());
  });
});
