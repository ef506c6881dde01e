import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionEvent, type ExitEvent } from '@bay/protocol';

const ROOT = resolve(import.meta.dirname, '../../..');

/** A Python that has IPython, numpy, pandas and matplotlib. */
export const PYTHON = process.env['BAY_TEST_PYTHON'] ?? join(ROOT, '.bay/python/bin/python');

if (!existsSync(PYTHON))
  throw new Error(`No Python for the Ship agent at ${PYTHON}: run ./bay up once, or set BAY_TEST_PYTHON.`);

/** How long anything in these tests may take. */
export const PATIENCE_MS = 30_000;

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** Everything an execution said. */
export class Told {
  constructor(readonly events: ExecutionEvent[]) {}

  private all<T extends ExecutionEvent['type']>(type: T): Extract<ExecutionEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ExecutionEvent, { type: T }> => event.type === type);
  }
  get stdout(): string {
    return this.all('stdout').reduce((text, event) => text + event.text, '');
  }
  get stderr(): string {
    return this.all('stderr').reduce((text, event) => text + event.text, '');
  }
  get result(): unknown {
    return this.all('result')[0]?.data['text/plain'];
  }
  get displays(): Record<string, unknown>[] {
    return this.all('display').map((event) => event.data);
  }
  get error(): Extract<ExecutionEvent, { type: 'error' }> | undefined {
    return this.all('error')[0];
  }
  get gaps(): number[] {
    return this.all('gap').map((event) => event.dropped_bytes);
  }
  get exit(): ExitEvent {
    const [exit] = this.all('exit');
    if (!exit) throw new Error('The stream ended without an exit event.');
    return exit;
  }
  get types(): string[] {
    return this.events.map((event) => event.type);
  }
}

/** The real bundle as a plain process, with a workspace of its own. */
export class ShipProcess {
  readonly workspace: string;
  readonly secret = randomBytes(24).toString('hex');
  private readonly connections = new Agent({ keepAlive: true });
  private process: ChildProcess | undefined;
  stderr = '';

  private constructor(readonly directory: string) {
    this.workspace = join(directory, 'workspace');
  }

  /** Builds, starts and waits until it answers. */
  static async start(): Promise<ShipProcess> {
    const ship = new ShipProcess(mkdtempSync(join(tmpdir(), 'ship-')));
    mkdirSync(ship.workspace);
    writeFileSync(join(ship.directory, 'secret'), `${ship.secret}\n`);
    const built = spawnSync(process.execPath, [join(ROOT, 'runtimes/ship/build.mjs'), join(ship.directory, 'dist')], {
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(`The agent cannot be built: ${built.stderr}`);
    await ship.launch();
    return ship;
  }

  async launch(): Promise<void> {
    const child = spawn(process.execPath, [join(this.directory, 'dist/ship.cjs')], {
      env: {
        PATH: process.env['PATH'],
        BAY_LISTEN: `unix:${this.socket}`,
        BAY_SECRET_FILE: join(this.directory, 'secret'),
        BAY_WORKSPACE_PATH: this.workspace,
        BAY_PYTHON: PYTHON,
        BAY_STATE_DIR: join(this.directory, 'state'),
        AGENTS_OWN: 'not for children',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process = child;
    await this.until(() => existsSync(this.socket), 'the agent listens');
    await this.until(
      async () => (await this.get('/health').catch(() => undefined))?.status === 200,
      'the agent answers',
    );
  }

  get socket(): string {
    return join(this.directory, 'agent.sock');
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  async init(env: Record<string, string> = {}): Promise<void> {
    const answer = await this.post('/init', { session_id: 'session', sandbox_id: 'sandbox', env });
    if (answer.status !== 200) throw new Error(answer.text);
  }

  /** Ends it as an engine does. Answers its exit code. */
  async stop(): Promise<number | null> {
    const child = this.process;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** Ends it and takes its directory away. */
  async remove(): Promise<void> {
    this.connections.destroy();
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async python(code: string, timeoutMs = 20_000): Promise<Told> {
    return this.run({ id: randomUUID(), kind: 'python', code, timeout_ms: timeoutMs });
  }

  async shell(command: string, extra: Record<string, unknown> = {}): Promise<Told> {
    return this.run({ id: randomUUID(), kind: 'shell', command, timeout_ms: 20_000, ...extra });
  }

  async run(body: unknown): Promise<Told> {
    const answer = await this.post('/executions', body);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return new Told(parseEvents(answer.text));
  }

  get(path: string, secret?: string): Promise<Answer> {
    return this.call('GET', path, undefined, secret);
  }

  post(path: string, body: unknown, secret?: string): Promise<Answer> {
    return this.call('POST', path, JSON.stringify(body), secret);
  }

  delete(path: string): Promise<Answer> {
    return this.call('DELETE', path);
  }

  async call(method: string, path: string, body?: string, secret = this.secret): Promise<Answer> {
    const response = await this.open(method, path, body, secret);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }

  /** Sends a request and leaves reading the answer to the caller. */
  open(method: string, path: string, body?: string, secret = this.secret): Promise<IncomingMessage> {
    return new Promise((resolveResponse, reject) => {
      const headers = { authorization: `Bearer ${secret}` };
      const request = httpRequest(
        { agent: this.connections, socketPath: this.socket, method, path, headers },
        resolveResponse,
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Waits for what no event tells. */
  async until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; !(await isTrue()); await sleep(10)) {
      if (Date.now() > deadline) throw new Error(`In vain waited until ${what}. ${this.stderr}`);
    }
  }

  /** The agent's descriptors. */
  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** The agent's own memory in MiB: anonymous, resident. */
  anonymousMiB(): number {
    const [, kib = '0'] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  }
}

export function parseEvents(text: string): ExecutionEvent[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ExecutionEvent);
}

/** Whether a process runs: neither gone nor a zombie that its parent has not looked at. */
export function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
