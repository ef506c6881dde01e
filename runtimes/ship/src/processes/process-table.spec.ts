import { descendants, listProcesses, parseStat, type ProcessEntry } from './process-table.js';

const entry = (pid: number, parent: number): ProcessEntry => ({ pid, parent, isZombie: false, startTicks: 0 });
const tableOf = (...entries: ProcessEntry[]): Map<number, ProcessEntry> =>
  new Map(entries.map((each) => [each.pid, each]));

describe('the process table', () => {
  it('reads a process whatever its name', () => {
    const rest = `${Array.from({ length: 17 }, (_, n) => n).join(' ')} 12345 0`;
    expect(parseStat(7, `7 (a) b (c) S 3 ${rest}`)).toEqual({ pid: 7, parent: 3, isZombie: false, startTicks: 12345 });
    expect(parseStat(7, `7 (sh) Z 3 ${rest}`).isZombie).toBe(true);
  });

  it('finds all below a root, in any order, and no others', () => {
    const table = tableOf(entry(30, 20), entry(10, 1), entry(20, 10), entry(21, 10), entry(40, 1));
    expect([...descendants(table, 10)].sort()).toEqual([10, 20, 21, 30]);
  });

  it('ends with a table that holds a circle', () => {
    expect([...descendants(tableOf(entry(1, 2), entry(2, 1)), 1)].sort()).toEqual([1, 2]);
  });

  (process.platform === 'linux' ? it : it.skip)('knows this process', () => {
    expect(listProcesses().get(process.pid)?.parent).toBe(process.ppid);
  });
});
