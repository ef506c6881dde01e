import { BayServer } from '../support/bay-server.js';
import { EngineProxy, type Trap } from '../support/engine-proxy.js';

/** The whole of one test, with its restart, ms. */
export const TEST_MS = 120_000;

/** A Bay with a proxy in front of its engine. */
export class ProxiedBay {
  private constructor(
    readonly engine: EngineProxy,
    readonly bay: BayServer,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<ProxiedBay> {
    const engine = await EngineProxy.open();
    try {
      return new ProxiedBay(
        engine,
        await BayServer.start({ driver: 'docker-host', env: { ...env, DOCKER_HOST: engine.address } }),
      );
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** Makes the call, kills Bay at the step, and starts it again on the same data directory. */
  async killedAt(step: Omit<Trap, 'act'>, call: () => Promise<unknown>): Promise<void> {
    const killed = this.engine.set({ ...step, act: () => this.bay.kill() });
    const [[answer]] = await Promise.all([Promise.allSettled([call()]), killed]);
    // Nobody was told that it is done.
    expect(answer?.status).toBe('rejected');
    await this.bay.restart();
  }

  /** Fails when something is left on the engine. */
  async end(): Promise<void> {
    try {
      await this.bay.end();
    } finally {
      await this.engine.close();
    }
  }
}

/** One for each test of the describe; ended, and looked after, behind it. */
export function useProxiedBay(env: Readonly<Record<string, string>> = {}): () => ProxiedBay {
  let proxied: ProxiedBay;
  beforeEach(async () => {
    proxied = await ProxiedBay.start(env);
  }, TEST_MS);
  afterEach(() => proxied.end(), TEST_MS);
  return () => proxied;
}
