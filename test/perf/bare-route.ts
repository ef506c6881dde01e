import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../support/api-client.js';

/** Beside the bundle of the benchmark, made by the same command. */
const PROGRAM = fileURLToPath(new URL('bare-route.main.mjs', import.meta.url));
const READY_WITHIN_MS = 20_000;

/** The bare route as a process of its own. */
export class BareRoute {
  private constructor(
    private readonly root: string,
    private readonly child: ChildProcess,
    private readonly client: ApiClient,
  ) {}

  static async start(): Promise<BareRoute> {
    const root = mkdtempSync(join(tmpdir(), 'bay-'));
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(process.execPath, [PROGRAM, join(root, 'bare.db')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(READY_WITHIN_MS) });
    return new BareRoute(root, child, new ApiClient(`http://127.0.0.1:${String(said).trim()}`, null));
  }

  get(): Promise<unknown> {
    return this.client.call('GET', '/rows/one');
  }

  async end(): Promise<void> {
    await this.client.close();
    this.child.kill();
    await once(this.child, 'exit');
    rmSync(this.root, { recursive: true, force: true });
  }
}
