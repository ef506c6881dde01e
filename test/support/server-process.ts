import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { INSTALL_DIR } from '../../src/config/install-dir.js';

const READY_DEADLINE_MS = 30_000;

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built server (`dist/`) as a process of its own. Whoever starts one ends it with `end`. */
export class ServerProcess {
  readonly exit: Promise<ServerExit>;
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;

  constructor(
    private readonly dataDir: string,
    env: Record<string, string> = {},
  ) {
    this.child = spawn(process.execPath, [join(INSTALL_DIR, 'dist', 'src', 'main.js')], {
      cwd: dataDir,
      env: { PATH: process.env['PATH'], PORT: '0', BAY_DATA_DIR: dataDir, CONTAINER_DRIVER: 'local', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exit = new Promise((resolve) => this.child.once('close', (code, signal) => resolve({ code, signal })));
  }

  get runFile(): string {
    return join(this.dataDir, 'run', 'bay.json');
  }

  /** What it says about itself once it is ready. Throws what it wrote when it ended instead. */
  async ready(): Promise<{ pid: number; port: number; url: string; host: string; started_at_ms: number }> {
    const deadline = performance.now() + READY_DEADLINE_MS;
    while (performance.now() < deadline && this.child.exitCode === null) {
      if (existsSync(this.runFile)) {
        const content = JSON.parse(readFileSync(this.runFile, 'utf8')) as Awaited<ReturnType<ServerProcess['ready']>>;
        if (content.pid === this.child.pid) return content;
      }
      await delay(10);
    }
    throw new Error(`The server did not become ready:\n${this.stdout}${this.stderr}`);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<ServerExit> {
    this.child.kill(signal);
    return this.exit;
  }
}
