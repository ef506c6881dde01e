import { cpuTicks, residentBytes, usageOfTree } from './process-usage.js';

describe('what processes use', () => {
  it('is read behind the last parenthesis of the name', () => {
    const stat = '7 (a) b (c) S 1 7 7 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 1 0 500 1000 10';
    expect(cpuTicks(stat)).toBe(110);
  });

  it('is resident memory in bytes, none for a zombie', () => {
    expect(residentBytes('Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n')).toBe(2 * 1024 * 1024);
    expect(residentBytes('Name:\tx\nState:\tZ (zombie)\n')).toBe(0);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('is that of a whole tree, or nothing when it is gone', () => {
    expect(usageOfTree(process.pid)?.memoryBytes).toBeGreaterThan(10 * 1024 * 1024);
    expect(usageOfTree(2 ** 30)).toBeNull();
  });
});
