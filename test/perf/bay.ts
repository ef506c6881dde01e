import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Endpoint } from '../../src/drivers/driver.js';
import { ShipClient } from '../../src/runtimes/ship/ship-client.js';
import { SessionSecrets } from '../../src/sessions/session-secrets.js';
import { ApiClient } from '../support/api-client.js';
import { BayProcess } from '../support/bay-process.js';
import { DOCKER_HOST, LOCAL_PYTHON, SHIP_BUNDLE_DIR, type TestedDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { findLeftBehind, type Installation, installationOf, removeLeftBehind } from '../support/left-behind.js';

const KEY = 'benchmark-key-0123456789';
export const IMAGE = process.env['DOCKER_IMAGE'] ?? 'ship:latest';

/** Above the interval of the jobs that clear up behind the engine, ms. */
const GONE_WITHIN_MS = 150_000;

/** A Bay as it is served in production, and the way past it to its agents. */
export class MeasuredBay {
  private readonly instanceKey = randomBytes(32);
  private readonly agents: ShipClient[] = [];

  private constructor(
    readonly driver: TestedDriver,
    private readonly root: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  private server: BayProcess | null = null;
  private api: ApiClient | null = null;

  static async start(driver: TestedDriver, env: Readonly<Record<string, string>> = {}): Promise<MeasuredBay> {
    // Short: sockets lie below, and their paths may have 107 bytes.
    const bay = new MeasuredBay(driver, mkdtempSync(join(tmpdir(), 'bay-')), env);
    mkdirSync(bay.dataDir);
    await bay.launch();
    return bay;
  }

  get dataDir(): string {
    return join(this.root, 'data');
  }

  get client(): ApiClient {
    if (!this.api) throw new Error('Bay does not run.');
    return this.api;
  }

  get pid(): number {
    if (!this.server) throw new Error('Bay does not run.');
    return this.server.pid;
  }

  get installation(): Installation {
    return { driver: this.driver, dataDir: this.dataDir, id: installationOf(this.dataDir) };
  }

  /** The agent of a running sandbox, asked directly: the same socket and the same protocol as Bay uses. */
  agentOf(sandboxId: string): ShipClient {
    const { id, endpoint } = this.session(sandboxId);
    const secrets = new SessionSecrets({ apiKey: KEY, instanceKey: this.instanceKey });
    const agent = new ShipClient(endpoint, secrets.of(id), id);
    this.agents.push(agent);
    return agent;
  }

  /** Deletes them and waits until nothing of any sandbox is left, so that no removal runs beside the next measurement. */
  async remove(...sandboxIds: string[]): Promise<void> {
    await Promise.all(sandboxIds.map((id) => this.client.delete(id)));
    await eventually(
      () => findLeftBehind(this.installation),
      (left) => left.length === 0,
      GONE_WITHIN_MS,
    );
  }

  /** Stops it and waits until it has ended, for the same reason. */
  async stop(sandboxId: string): Promise<void> {
    await this.client.stop(sandboxId);
    await eventually(
      () => findLeftBehind(this.installation),
      (left) => !left.some((line) => /^(container|process) /.test(line)),
    );
  }

  async end(): Promise<void> {
    try {
      for (const agent of this.agents) await agent.close();
      await this.api?.close();
      await this.server?.stop();
    } finally {
      await removeLeftBehind(this.installation);
      rmSync(this.root, { recursive: true, force: true });
    }
  }

  private async launch(): Promise<void> {
    const env = {
      PORT: '0',
      BAY_API_KEY: KEY,
      BAY_INSTANCE_KEY: this.instanceKey.toString('hex'),
      CONTAINER_DRIVER: this.driver,
      DOCKER_HOST,
      DOCKER_IMAGE: IMAGE,
      BAY_DRIVER__LOCAL__PYTHON: LOCAL_PYTHON,
      BAY_DRIVER__LOCAL__SHIP_BUNDLE_DIR: SHIP_BUNDLE_DIR,
      NODE_ENV: 'production',
      ...(this.driver === 'local' ? { NODE_ENV: '' } : {}),
      ...this.env,
    };
    // As `./bay up` starts it: source maps cost memory.
    this.server = BayProcess.launch({ cwd: this.root, dataDir: this.dataDir, env, sourceMaps: false });
    const { url } = await this.server.ready(this.dataDir);
    this.api = new ApiClient(url, KEY);
  }

  private session(sandboxId: string): { id: string; endpoint: Endpoint } {
    const database = new Database(join(this.dataDir, 'bay.db'), { readonly: true });
    try {
      const row = database
        .prepare(
          'SELECT s.id, s.endpoint FROM sessions s JOIN sandboxes b ON b.id = s.sandbox_id WHERE b.public_id = ? AND s.state = ?',
        )
        .get(sandboxId, 'running') as { id: string; endpoint: string } | undefined;
      if (!row) throw new Error(`${sandboxId} has no running session.`);
      return { id: row.id, endpoint: JSON.parse(row.endpoint) as Endpoint };
    } finally {
      database.close();
    }
  }
}
