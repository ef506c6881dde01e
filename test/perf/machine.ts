import { execFile } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { openDocker } from '../support/left-behind.js';

/** What decides the absolute figures. Nothing that names the machine. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memory_gib: number;
  readonly kernel: string;
  readonly arch: string;
  readonly node: string;
  readonly docker: string | null;
  readonly bubblewrap: string | null;
  /** Of one minute, before the first measurement: more than the idle machine's means that others worked, too. */
  readonly load: number;
}

export async function describeMachine(): Promise<Machine> {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release().split('-')[0]}`,
    arch: process.arch,
    node: process.version,
    docker: await describeDocker(),
    bubblewrap: await describeBubblewrap(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

async function describeDocker(): Promise<string | null> {
  try {
    const info = (await openDocker().info()) as Record<string, unknown>;
    return `Docker ${info['ServerVersion']}, ${info['Driver']}, cgroup v${info['CgroupVersion'] ?? 1}`;
  } catch {
    // No engine: the rows that need one say so.
    return null;
  }
}

async function describeBubblewrap(): Promise<string | null> {
  try {
    return (await promisify(execFile)('bwrap', ['--version'])).stdout.trim();
  } catch {
    return null;
  }
}
