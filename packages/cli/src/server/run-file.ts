import { readFileSync } from 'node:fs';
import { type DataPaths } from '../paths.js';

/** What a ready server writes about itself. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly host: string;
  readonly url: string;
  readonly startedAtMs: number;
}

/** The server of this data directory, if its process is there. A file left by a crash is not believed. */
export const findRunningServer = (data: DataPaths): RunningServer | undefined => {
  const value = readJson(data.runFile);
  if (!value || typeof value['pid'] !== 'number' || typeof value['url'] !== 'string') return undefined;
  if (!isAlive(value['pid']) || !looksLikeNode(value['pid'])) return undefined;
  return {
    pid: value['pid'],
    port: Number(value['port']),
    host: String(value['host']),
    url: value['url'],
    startedAtMs: Number(value['started_at_ms']),
  };
};

/** The JSON object in a file; undefined when the file is absent, half-written or something else. */
export const readJson = (file: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** A process that ended and waits to be reaped by a slow parent counts as gone. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const isZombie = (pid: number): boolean => {
  try {
    // pid (name) state …: the name may hold anything, so the state is looked for behind its last parenthesis.
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** After a reboot the number may belong to something else. Where /proc is absent the number alone is believed. */
const looksLikeNode = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main.js');
  } catch {
    return process.platform !== 'linux';
  }
};
