import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from './api-client.js';
import { assertBuilt, BayProcess } from './bay-process.js';
import { DOCKER_HOST, LOCAL_PYTHON, SHIP_BUNDLE_DIR, type TestedDriver, type TestedImage } from './engines.js';
import { findLeftBehind, findNetworks, type Installation, installationOf, removeLeftBehind } from './left-behind.js';
import { eventually } from './eventually.js';

export const API_KEY = 'e2e-key-0123456789';

export interface BayOptions {
  readonly driver: TestedDriver;
  /** Of every profile, on engines. Default `ship:base`. */
  readonly image?: TestedImage | (string & {});
  /** As in a configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Beside, or over, what the rest says. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it keeps its things; made if absent, never removed. Default: a directory of its own that `end` removes. */
  readonly dataDir?: string;
}

/** A Bay of the test's own: the built server as a process with its own data directory and a free port. */
export class BayServer {
  /** All that it and its predecessors on this data directory wrote, line by line. */
  readonly log: string[] = [];
  readonly dataDir: string;
  /** With the key. A new one after each start, as the port changes. */
  client: ApiClient;
  private process: BayProcess;
  private readonly env: Readonly<Record<string, string>>;

  private constructor(
    readonly driver: TestedDriver,
    private readonly root: string,
    options: BayOptions,
  ) {
    this.dataDir = options.dataDir ?? join(root, 'data');
    // JSON is YAML.
    writeFileSync(join(root, 'config.yaml'), JSON.stringify(options.config ?? {}));
    this.env = {
      PORT: '0',
      BAY_API_KEY: API_KEY,
      CONTAINER_DRIVER: options.driver,
      DOCKER_HOST,
      DOCKER_IMAGE: options.image ?? 'ship:base',
      BAY_DRIVER__LOCAL__PYTHON: LOCAL_PYTHON,
      BAY_DRIVER__LOCAL__SHIP_BUNDLE_DIR: SHIP_BUNDLE_DIR,
      ...options.env,
    };
    this.process = this.launch();
    this.client = new ApiClient('http://not.started.invalid', null);
  }

  /** Returns when it is ready; throws with the end of its log when it does not come to that. */
  static async start(options: BayOptions): Promise<BayServer> {
    assertBuilt();
    // Short: sockets lie below, and their paths may have 107 bytes.
    const root = mkdtempSync(join(tmpdir(), 'bay-'));
    mkdirSync(options.dataDir ?? join(root, 'data'), { recursive: true });
    const bay = new BayServer(options.driver, root, options);
    await bay.awaitReady();
    return bay;
  }

  get url(): string {
    return this.client.url;
  }

  get key(): string {
    return API_KEY;
  }

  get pid(): number {
    return this.process.pid;
  }

  /** SIGTERM, and returns when it has ended. Sandboxes go on. */
  stop(): Promise<void> {
    return this.process.stop();
  }

  /** SIGKILL. */
  kill(): Promise<void> {
    return this.process.kill();
  }

  /** A new process on the same data directory; stops the present one if it runs. Returns when it is ready. */
  async restart(): Promise<void> {
    if (this.process.isRunning) await this.process.stop();
    this.process = this.launch();
    await this.awaitReady();
  }

  /** What it made and needs to be found by from outside. */
  installation(): Installation {
    return { driver: this.driver, dataDir: this.dataDir, id: installationOf(this.dataDir) };
  }

  /** Fails unless, within some seconds, nothing is on the engine or in the data directory that belongs to a sandbox. */
  async expectNothingLeft(): Promise<void> {
    await eventually(
      () => findLeftBehind(this.installation()),
      (left) => left.length === 0,
    );
  }

  /** Deletes every sandbox, spares included, fails if that leaves anything behind, stops, and removes the directory. */
  async end(): Promise<void> {
    try {
      if (!this.process.isRunning) await this.restart();
      await this.client.drainPools();
      await this.deleteAll();
      await this.expectNothingLeft();
      await this.process.stop();
      expect(await findNetworks(this.installation())).toEqual([]);
    } finally {
      await this.discard();
    }
  }

  /** Away with it and all that it made, whatever state it is in. */
  private async discard(): Promise<void> {
    if (this.process.isRunning) await this.process.kill();
    await this.client.close();
    await removeLeftBehind(this.installation());
    rmSync(this.root, { recursive: true, force: true });
  }

  private async deleteAll(): Promise<void> {
    for (;;) {
      const { items } = await this.client.list({ limit: 200 });
      await Promise.all(items.map(({ id }) => this.client.delete(id)));
      if (items.length === 0) return;
    }
  }

  private launch(): BayProcess {
    return BayProcess.launch({ cwd: this.root, dataDir: this.dataDir, env: this.env }, this.log);
  }

  private async awaitReady(): Promise<void> {
    try {
      const { url } = await this.process.ready(this.dataDir);
      await this.client?.close();
      this.client = new ApiClient(url, API_KEY);
    } catch (error) {
      rmSync(this.root, { recursive: true, force: true });
      throw error;
    }
  }
}
