import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The program is ended after this long. */
  readonly timeoutMs: number;
  /** Called with each line that it writes to either stream. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  /** Null when it could not be started or was ended by a signal. */
  readonly code: number | null;
  /** The program does not exist. */
  readonly missing: boolean;
  readonly timedOut: boolean;
  /** Both streams as they came, at most the last 256 KiB. */
  readonly output: string;
}

const OUTPUT_LIMIT = 256 * 1024;

/** Runs a program to its end. Never throws: how it ended is the answer. */
export const runCommand = (program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> =>
  new Promise((resolve) => {
    let output = '';
    let rest = '';
    let missing = false;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const take = (chunk: string): void => {
      output = (output + chunk).slice(-OUTPUT_LIMIT);
      if (!options.onLine) return;
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error: NodeJS.ErrnoException) => {
      missing = error.code === 'ENOENT';
      output ||= error.message;
      clearTimeout(timer);
      resolve({ code: null, missing, timedOut, output });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, missing, timedOut, output });
    });
  });

/** The last lines of a text, for showing why something failed. */
export const lastLines = (text: string, count: number): string[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-count);
