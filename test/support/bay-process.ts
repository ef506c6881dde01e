import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REPOSITORY } from './engines.js';

const ENTRY = join(REPOSITORY, 'dist', 'src', 'main.js');
/** Far above a start on a loaded machine, ms. */
const READY_WITHIN_MS = 60_000;
/** Above the deadline that the server sets itself for its end, ms. */
const END_WITHIN_MS = 20_000;
const POLL_MS = 15;
/** Lines of the log that are kept. */
const MOST_LINES = 20_000;

export interface LaunchOptions {
  /** Working directory; holds no configuration by accident. */
  readonly cwd: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Lines of the sources in what it logs of errors. Default true. */
  readonly sourceMaps?: boolean;
}

/** What it says about itself in its data directory, while it is ready. */
export interface RunFile {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly started_at_ms: number;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Throws, before anything is made for a server, when there is none to start. */
export function assertBuilt(): void {
  if (!existsSync(ENTRY)) throw new Error(`The server is not built: ${ENTRY} is missing. Run npm run build:server.`);
}

/** One process of the built server, from its start to its end. */
export class BayProcess {
  /** How it ended, once all that it wrote has been read. */
  readonly exit: Promise<ProcessExit>;
  private readonly ended: Promise<void>;
  private endedBy: string | null = null;
  private readonly written: Readonly<Record<'stdout' | 'stderr', string[]>> = { stdout: [], stderr: [] };

  private constructor(
    private readonly child: ChildProcess,
    /** All that it wrote, line by line. */
    readonly log: string[],
  ) {
    this.ended = new Promise((resolve) => {
      const end = (said: string): void => {
        this.endedBy ??= said;
        resolve();
      };
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      child.once('error', (error) => end(error.message));
    });
    this.exit = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    for (const name of ['stdout', 'stderr'] as const) collectLines(child[name], [log, this.written[name]]);
  }

  /** Starts it without waiting for anything. */
  static launch({ cwd, dataDir, env, sourceMaps = true }: LaunchOptions, log: string[] = []): BayProcess {
    const child = spawn(process.execPath, [...(sourceMaps ? ['--enable-source-maps'] : []), ENTRY], {
      cwd,
      env: { ...inherited(), BAY_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new BayProcess(child, log);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`Bay did not start: ${this.endedBy}`);
    return this.child.pid;
  }

  get isRunning(): boolean {
    return this.endedBy === null;
  }

  get stdout(): string {
    return this.written.stdout.join('\n');
  }

  get stderr(): string {
    return this.written.stderr.join('\n');
  }

  /** What it says about itself, once it serves. */
  async ready(dataDir: string): Promise<RunFile> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline) {
      if (this.endedBy !== null) throw new Error(`Bay ended while starting (${this.endedBy}):\n${this.tail()}`);
      const file = readRunFile(dataDir);
      if (file && file.pid === this.pid) return file;
      await delay(POLL_MS);
    }
    await this.kill();
    throw new Error(`Bay was not ready after ${READY_WITHIN_MS} ms:\n${this.tail()}`);
  }

  /** Asks it to end, and throws when it does not. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    if (await this.endsWithin(END_WITHIN_MS)) return;
    await this.kill();
    throw new Error(`Bay did not stop within ${END_WITHIN_MS} ms:\n${this.tail()}`);
  }

  /** SIGKILL, as when the machine runs out of memory. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** What it wrote last, for a failure. */
  tail(lines = 40): string {
    return this.log.slice(-lines).join('\n');
  }

  private async endsWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
    const isEnded = await Promise.race([this.ended.then(() => true), late]);
    timer.abort();
    return isEnded;
  }
}

/** The environment without what sets up this machine's own Bay. */
const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(BAY_.*|PORT|CONTAINER_DRIVER|ACCESS_TOKEN(_FILE)?|DATABASE_URL(_FILE)?|DOCKER_IMAGE|NODE_OPTIONS)$/.test(
          name,
        ),
    ),
  );

export function readRunFile(dataDir: string): RunFile | null {
  const file = join(dataDir, 'run', 'bay.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunFile) : null;
}

function collectLines(stream: NodeJS.ReadableStream | null, logs: string[][]): void {
  let rest = '';
  const keep = (lines: string[]): void => {
    for (const log of logs) {
      log.push(...lines);
      if (log.length > MOST_LINES) log.splice(0, log.length - MOST_LINES);
    }
  };
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    keep(lines);
  });
  stream?.once('end', () => keep(rest === '' ? [] : [rest]));
}
