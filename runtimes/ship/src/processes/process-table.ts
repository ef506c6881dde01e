import { readdirSync, readFileSync } from 'node:fs';
import { isErrno } from './errno.js';

/** One process as `/proc` shows it. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  isZombie: boolean;
  /** Clock ticks since the boot of the machine. */
  startTicks: number;
}

/** All processes that this one can see; empty where there is no `/proc`. */
export function listProcesses(): Map<number, ProcessEntry> {
  const table = new Map<number, ProcessEntry>();
  for (const name of readProcDir()) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readProc(pid, 'stat');
    if (stat !== undefined) table.set(pid, parseStat(pid, stat));
  }
  return table;
}

/** The process' environment at its start, `NAME=value` separated by NUL; empty when it is gone or not ours. */
export function readEnvironment(pid: number): string {
  return readProc(pid, 'environ') ?? '';
}

/** The root and all below it. */
export function descendants(table: ReadonlyMap<number, ProcessEntry>, root: number): Set<number> {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of table.values()) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const found = new Set([root]);
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child);
  return found;
}

/** The name of a process may hold spaces and parentheses: the fields start behind the last one. */
export function parseStat(pid: number, stat: string): ProcessEntry {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    startTicks: Number(fields[19]),
  };
}

function readProcDir(): string[] {
  try {
    return readdirSync('/proc');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Undefined when the process ended meanwhile or belongs to somebody else. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return undefined;
    throw error;
  }
}
