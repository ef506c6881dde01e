import { readFileSync } from 'node:fs';

/** A process of this boot. A pid alone may be handed out again; its start time then differs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of `/proc/<pid>/stat`. */
  readonly startTicks: number;
}

export interface ProcessStat {
  /** One letter: R, S, D, T, Z, X … */
  readonly state: string;
  readonly parent: number;
  readonly startTicks: number;
}

/** Ticks a second in `/proc`: the kernel's USER_HZ, 100 on x64 and arm64. */
const TICKS_PER_SECOND = 100;

/** Changes with each boot of the machine. Empty where the system has none. */
export const readBootId = (): string => readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '';

/** When a process of this boot was started, in milliseconds since the epoch. */
export const startedAtMs = ({ startTicks }: ProcessIdentity): number => {
  const bootSec = Number(/^btime (\d+)$/m.exec(readProc('/proc/stat') ?? '')?.[1] ?? 0);
  return bootSec * 1000 + Math.floor((startTicks * 1000) / TICKS_PER_SECOND);
};

/** The command's name may hold spaces and parentheses: what counts begins behind the last one. */
export const parseStat = (text: string): ProcessStat => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent] = fields;
  const startTicks = Number(fields[19]);
  if (!state || !Number.isSafeInteger(startTicks)) throw new Error('Unknown format of /proc/<pid>/stat.');
  return { state, parent: Number(parent), startTicks };
};

/** Null when there is no such process. */
export const readStat = (pid: number): ProcessStat | null => {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
};

/** A file of `/proc`, or null when its process is gone or belongs to someone else. */
export const readProc = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return null;
    throw error;
  }
};

export const identify = (pid: number): ProcessIdentity | null => {
  const stat = readStat(pid);
  return stat && { pid, startTicks: stat.startTicks };
};

/** What the very process does now, or null when it has ended (a zombie has) or its pid belongs to another one. */
export const lookUp = (process: ProcessIdentity): ProcessStat | null => {
  const stat = readStat(process.pid);
  if (stat === null || stat.startTicks !== process.startTicks) return null;
  return stat.state === 'Z' || stat.state === 'X' ? null : stat;
};

export const isAlive = (process: ProcessIdentity): boolean => lookUp(process) !== null;

/** Never signals a recycled pid. False when the process is gone. */
export const signalProcess = (target: ProcessIdentity, signal: NodeJS.Signals): boolean => {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};
