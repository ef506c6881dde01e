import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno } from './errno.js';
import { descendants, listProcesses, readEnvironment, type ProcessEntry } from './process-table.js';

/** Environment variable that marks what an execution started, also after it left its parent, group and session. */
export const MARK = 'BAY_PROCESS_MARK';

/** What belongs together and is ended together. */
export interface ProcessTree {
  /** The first process. It leads a process group, and under `tini -s` everything below it stays below it. */
  root: number;
  /** Value of {@link MARK}. */
  mark: string;
}

/** Linux' USER_HZ, the same on all machines Node runs on. */
const TICKS_PER_SECOND = 100;
const KILL_DEADLINE_MS = 2_000;
const RESCAN_MS = 2;

/**
 * Ends the whole tree: stops all so that none can fork away, kills, and looks again until nothing is left.
 * Resolves true when nothing is left, false after two seconds (a process in uninterruptible sleep).
 */
export async function killTree(tree: ProcessTree): Promise<boolean> {
  const deadline = performance.now() + KILL_DEADLINE_MS;
  for (;;) {
    const stopped = new Set<number>();
    for (let fresh = findTree(tree); fresh.length > 0; fresh = findTree(tree).filter((pid) => !stopped.has(pid))) {
      for (const pid of fresh) {
        signal(pid, 'SIGSTOP');
        stopped.add(pid);
      }
    }
    // The root reaps for the others while they end, so it is the last.
    for (const pid of stopped) if (pid !== tree.root) signal(pid, 'SIGKILL');
    signal(-tree.root, 'SIGKILL');
    signal(tree.root, 'SIGKILL');
    await sleep(RESCAN_MS);
    if (findTree(tree).length === 0) return true;
    if (performance.now() > deadline) return false;
  }
}

/** Sends SIGINT to what started below the first of `roots` within the last `ageMs`; not to the roots. */
export function interruptDescendants(roots: readonly [number, ...number[]], ageMs: number): void {
  const sinceTicks = Math.floor((uptime() - ageMs / 1000) * TICKS_PER_SECOND);
  const table = listProcesses();
  for (const pid of descendants(table, roots[0])) {
    const entry = table.get(pid);
    if (!roots.includes(pid) && entry && !entry.isZombie && entry.startTicks >= sinceTicks) signal(pid, 'SIGINT');
  }
}

/** Ends everything that carries a mark beginning with `prefix`. */
export function killMarked(prefix: string): void {
  for (const { pid } of listProcesses().values()) {
    if (isForeign(pid) || !carriesMark(pid, prefix)) continue;
    signal(pid, 'SIGKILL');
  }
}

/** Sends a signal; a process that has ended is no failure. Negative: the process group. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}

function findTree({ root, mark }: ProcessTree): number[] {
  const table = listProcesses();
  const below = descendants(table, root);
  const isMember = ({ pid, isZombie }: ProcessEntry): boolean =>
    !isZombie && !isForeign(pid) && (below.has(pid) || carriesMark(pid, mark, true));
  return [...table.values()].filter(isMember).map((entry) => entry.pid);
}

function isForeign(pid: number): boolean {
  return pid === 1 || pid === process.pid;
}

function carriesMark(pid: number, mark: string, whole = false): boolean {
  const environment = `\0${readEnvironment(pid)}`;
  return environment.includes(`\0${MARK}=${mark}${whole ? '\0' : ''}`);
}
