import { sumUsage } from '../sum-usage.js';
import { readUsage } from './engine-usage.js';

const answer = (stats: Record<string, number>, usage: number | undefined = 1000) => ({
  memory_stats: { ...(usage === undefined ? {} : { usage }), stats },
  cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 } },
});

describe('what an engine says of a container', () => {
  it.each([
    ['cgroup v1', { total_inactive_file: 400, inactive_file: 1 }],
    ['cgroup v2', { inactive_file: 400 }],
  ])('is its memory without droppable pages under %s', (_, stats) =>
    expect(readUsage(answer(stats))).toEqual({ memoryBytes: 600, cpuSec: 2.5 }),
  );

  it('is nothing for one that does not run, or in a shape that nobody knows', () => {
    expect(readUsage({ memory_stats: {}, cpu_stats: { cpu_usage: {} } })).toBeNull();
    expect(readUsage({})).toBeNull();
    expect(readUsage('text')).toBeNull();
  });

  it('is never below zero', () => expect(readUsage(answer({ inactive_file: 5000 }))?.memoryBytes).toBe(0));

  it('is summed over the members that run', () => {
    const one = { memoryBytes: 1, cpuSec: 2 };
    expect(sumUsage([one, null, one])).toEqual({ memoryBytes: 2, cpuSec: 4 });
    expect(sumUsage([null])).toBeNull();
  });
});
