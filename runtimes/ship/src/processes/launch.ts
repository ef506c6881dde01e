import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants as fsConstants, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { OutputPipe } from './output-pipe.js';
import { type FifoPool } from './fifo-pool.js';
import { isErrno } from './errno.js';

export interface LaunchOptions {
  command: string[];
  cwd: string;
  env: Record<string, string>;
  /** True gives the child a two-way channel on descriptor 3. */
  withChannel?: boolean;
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
}

/** A started process. Its tree's root is `child.pid`: it leads its own session. */
export interface Launched {
  child: ChildProcess;
  stdout: OutputPipe;
  stderr: OutputPipe;
}

/** Starts a process under `tini -s` where there is one: orphans of the tree stay below it, where they can be found. */
export class Launcher {
  private readonly subreaper: string[];

  constructor(
    private readonly fifos: FifoPool,
    path: string,
  ) {
    const tini = findProgram('tini', path);
    this.subreaper = tini && process.platform === 'linux' ? [tini, '-s', '-g', '--'] : [];
  }

  /** Failure to start arrives as the child's `error` event. */
  async launch(options: LaunchOptions): Promise<Launched> {
    const [stdoutPath = '', stderrPath = ''] = await this.fifos.take(2);
    const stdout = new OutputPipe(stdoutPath, (chunk) => options.onOutput('stdout', chunk));
    const stderr = new OutputPipe(stderrPath, (chunk) => options.onOutput('stderr', chunk));
    const [program = '', ...args] = [...this.subreaper, ...options.command];
    try {
      const child = spawn(program, args, {
        cwd: options.cwd,
        env: options.env,
        detached: true,
        stdio: ['ignore', stdout.writeFd, stderr.writeFd, ...(options.withChannel ? ['pipe' as const] : [])],
      });
      if (child.pid) preferForOom(child.pid);
      return { child, stdout, stderr };
    } catch (error) {
      stdout.destroy();
      stderr.destroy();
      throw error;
    } finally {
      stdout.releaseWriter();
      stderr.releaseWriter();
    }
  }
}

/** Exit code as a shell tells it: 128 + N for signal N. */
export function exitCodeOf(code: number | null, signalName: NodeJS.Signals | null): number | null {
  return signalName ? 128 + constants.signals[signalName] : code;
}

/** When memory runs out, the kernel shall end user code and not the agent. */
function preferForOom(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch (error) {
    // Not Linux, or already gone.
    if (!isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) throw error;
  }
}

/** Full path of a program, or undefined. */
export function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, fsConstants.X_OK);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return false;
    throw error;
  }
}
