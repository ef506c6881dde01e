import { type GroupUsage } from '../driver.js';
import { readDirectory } from './group-record.js';
import { readProc } from './process-identity.js';

/** A tree with more processes is counted up to here: a look must stay short. */
const MOST_PROCESSES = 2_000;
/** The kernel's USER_HZ, 100 on x64 and arm64. */
const TICKS_PER_SECOND = 100;

/**
 * What a process and all below it use, for machines where no cgroup counts it. Memory that several of them share is counted for
 * each. The time of those that have ended is in their parents' figures.
 */
export function usageOfTree(root: number): GroupUsage | null {
  const pids = [root];
  let [memoryBytes, ticks, alive] = [0, 0, 0];
  for (let next = 0; next < pids.length && next < MOST_PROCESSES; next += 1) {
    const pid = pids[next] ?? root;
    const stat = readProc(`/proc/${pid}/stat`);
    if (stat === null) continue;
    alive += 1;
    ticks += cpuTicks(stat);
    memoryBytes += residentBytes(readProc(`/proc/${pid}/status`) ?? '');
    pids.push(...childrenOf(pid));
  }
  return alive === 0 ? null : { memoryBytes, cpuSec: ticks / TICKS_PER_SECOND };
}

/** Its own and that of ended children, in user and kernel: fields 14 to 17. */
export const cpuTicks = (stat: string): number =>
  stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .reduce((sum, field) => sum + Number(field), 0);

export const residentBytes = (status: string): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;

/** Each thread has its own. */
const childrenOf = (pid: number): number[] =>
  readDirectory(`/proc/${pid}/task`).flatMap((task) =>
    (readProc(`/proc/${pid}/task/${task}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
