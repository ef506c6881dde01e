import * as v from 'valibot';
import { type GroupUsage } from '../driver.js';

/** The part of the engine's answer that counts; it leaves out what it does not know, of an ended container all of it. */
const Stats = v.object({
  memory_stats: v.object({
    usage: v.optional(v.number()),
    stats: v.optional(v.record(v.string(), v.unknown())),
  }),
  cpu_stats: v.object({ cpu_usage: v.object({ total_usage: v.optional(v.number(), 0) }) }),
});

const NS_PER_SECOND = 1e9;

/** Memory without the pages of files that the kernel drops when it needs them. Null for a container that does not run. */
export function readUsage(answer: unknown): GroupUsage | null {
  const parsed = v.safeParse(Stats, answer);
  const used = parsed.success ? parsed.output.memory_stats.usage : undefined;
  if (!parsed.success || used === undefined) return null;
  const { memory_stats: memory, cpu_stats: cpu } = parsed.output;
  // cgroup v1 calls it the one name, v2 the other.
  const droppable = Number(memory.stats?.['total_inactive_file'] ?? memory.stats?.['inactive_file'] ?? 0);
  return {
    memoryBytes: Math.max(used - (Number.isFinite(droppable) ? droppable : 0), 0),
    cpuSec: cpu.cpu_usage.total_usage / NS_PER_SECOND,
  };
}
