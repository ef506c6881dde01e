import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './engines.js';
import { tempDir } from './temp-dir.js';

/** The system's comes first: its venv is a package that can be asked for. */
const INTERPRETERS = ['/usr/bin/python3', 'python3'];
const CAN_MAKE_VENVS = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
/** Some megabytes from PyPI over a slow line, ms. */
const INSTALL_MS = 300_000;

export interface ProgramEnd {
  /** Null when it was ended by its time limit. */
  readonly code: number | null;
  readonly output: string;
}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/**
 * Programs from PyPI, in an environment of their own that `remove` takes away. Made at the top of a test file, for all its
 * tests, from a file of pinned requirements in `test/e2e/clients`.
 */
export class PythonClients {
  private readonly dir = tempDir();
  private reason: string | null = null;

  private constructor() {}

  static async install(requirements: string): Promise<PythonClients> {
    const clients = new PythonClients();
    clients.reason = await clients.fill(join(REPOSITORY, 'test', 'e2e', 'clients', requirements));
    return clients;
  }

  /** Why they cannot be used on this machine, for `describeWith('network', …)`; null when they can. */
  get absence(): string | null {
    return this.reason;
  }

  /** Where they may write; goes with them. */
  get path(): string {
    return this.dir.path;
  }

  /** `program` is one of the environment's: `python`, or what a package brings. Both its outputs are in `output`. */
  run(program: string, args: readonly string[], options: RunOptions): Promise<ProgramEnd> {
    return this.spawn(join(this.path, 'venv', 'bin', program), args, options);
  }

  remove(): void {
    this.dir.remove();
  }

  private async fill(requirements: string): Promise<string | null> {
    const python = await this.findPython();
    if (python === null) return 'there is no Python of 3.10 or newer with its venv module';
    const options = { timeoutMs: INSTALL_MS };
    const made = await this.spawn(python, ['-m', 'venv', join(this.path, 'venv')], options);
    if (made.code !== 0) return `no environment could be made: ${lastLine(made)}`;
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements];
    const installed = await this.run('python', pip, options);
    return installed.code === 0 ? null : `its packages could not be installed: ${lastLine(installed)}`;
  }

  private async findPython(): Promise<string | null> {
    for (const name of INTERPRETERS) {
      const { code } = await this.spawn(name, ['-c', CAN_MAKE_VENVS], { timeoutMs: INSTALL_MS });
      if (code === 0) return name;
    }
    return null;
  }

  /** Output goes through a file: it may be long, and a program that is ended early has written its part. */
  private async spawn(program: string, args: readonly string[], { env, timeoutMs }: RunOptions): Promise<ProgramEnd> {
    const file = join(this.path, 'output');
    const output = openSync(file, 'w');
    try {
      const code = await new Promise<number | null>((resolve) => {
        const child = spawn(program, args, {
          cwd: this.path,
          env: { ...withoutPythonSettings(), ...env },
          stdio: ['ignore', output, output],
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
        });
        child.once('error', () => resolve(127)).once('close', resolve);
      });
      return { code, output: readFileSync(file, 'utf8') };
    } finally {
      closeSync(output);
    }
  }
}

/** Variables of the caller's own environments would lead the new one astray; pip's index and proxies stay. */
const withoutPythonSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PYTHON.*|VIRTUAL_ENV|PIP_USER|BAY_.*)$/.test(name)),
  );

const lastLine = ({ output }: ProgramEnd): string => output.trimEnd().split('\n').at(-1) ?? '';
