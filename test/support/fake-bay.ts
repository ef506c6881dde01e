import { type Type } from '@nestjs/common';
import { CapabilitiesModule } from '../../src/capabilities/capabilities.module.js';
import { CargosModule } from '../../src/cargos/cargos.module.js';
import { GcModule } from '../../src/gc/gc.module.js';
import { SandboxesModule } from '../../src/sandboxes/sandboxes.module.js';
import { JobRunner } from '../../src/scheduling/job-runner.js';
import { WarmPoolModule } from '../../src/warm-pool/warm-pool.module.js';
import { ShipsModule } from '../../src/ships/ships.module.js';
import { FakeDriver, FakeDriverModule } from './fake-driver.js';
import { type PlatformApp, platformApp, withKey } from './platform-app.js';

// Sweeps run when a test triggers them.
const SLOW_SWEEPS = { BAY_GC__INTERVAL_SECONDS: '3600', BAY_LIFECYCLE__ORPHAN_GRACE_SECONDS: '60' };

/** The whole `/v1` on a real database, real HTTP and real sockets; only the engine is one in memory. */
export class FakeBay {
  private constructor(
    readonly driver: FakeDriver,
    readonly app: PlatformApp,
  ) {}

  /** With the application's modules, and `more` of them. */
  static async start(env: Record<string, string> = {}, more: Type[] = []): Promise<FakeBay> {
    const driver = new FakeDriver();
    const imports = [
      FakeDriverModule.with(driver),
      SandboxesModule,
      CapabilitiesModule,
      CargosModule,
      GcModule,
      WarmPoolModule,
      ShipsModule,
      ...more,
    ];
    return new FakeBay(driver, await platformApp({ imports, env: { ...SLOW_SWEEPS, ...env } }));
  }

  get = (path: string) => this.app.http.get(path).set(withKey);
  post = (path: string, body?: object) => this.app.http.post(path).set(withKey).send(body);
  patch = (path: string, body?: object) => this.app.http.patch(path).set(withKey).send(body);
  delete = (path: string) => this.app.http.delete(path).set(withKey);

  async create(body: object = {}): Promise<string> {
    return (await this.post('/v1/sandboxes', body).expect(201)).body.id as string;
  }

  exec(id: string, code = 'hello', options: object = {}) {
    return this.post(`/v1/sandboxes/${id}/python/exec`, { code, timeout: 5, ...options });
  }

  shell(id: string, command = 'ls', options: object = {}) {
    return this.post(`/v1/sandboxes/${id}/shell/exec`, { command, timeout: 5, ...options });
  }

  /** Runs a job once, after a run that may be under way. */
  async sweep(name: string): Promise<void> {
    const jobs = this.app.app.get(JobRunner);
    await jobs.idle(name);
    jobs.trigger(name);
    await jobs.idle(name);
  }

  async end(): Promise<void> {
    await this.app.close();
    await this.driver.close();
  }
}
