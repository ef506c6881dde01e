import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { Clock } from '../shared/clock.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { idleTimeoutMs, type Sandbox } from './sandbox.js';
import { SandboxesRepository } from './sandboxes.repository.js';

/** Uses are written together this often, ms: a crash forgets no more of them than this. */
const FLUSH_EVERY_MS = 1_000;

type UsedSandbox = Pick<Sandbox, 'id' | 'profileId' | 'workspaceId' | 'idleTimeoutSec'>;

interface Use {
  readonly workspaceId: string;
  idleTimeoutMs: number;
  inFlight: number;
  lastActiveAt: number;
}

/**
 * Notes which sandboxes, and with them which workspaces, are in use, so that idle ones can be stopped. A call in flight counts as use for as long as it
 * runs. Written once a second and not per call, which would cost more than the call.
 */
@Injectable()
export class SandboxActivity implements OnApplicationShutdown {
  private readonly logger = new Logger(SandboxActivity.name);
  private readonly uses = new Map<string, Use>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sandboxes: SandboxesRepository,
    private readonly workspaces: WorkspacesService,
    private readonly profiles: ProfilesService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** Counts as use until the returned function is called. */
  begin(sandbox: UsedSandbox): () => void {
    const use = this.uses.get(sandbox.id) ?? this.newUse(sandbox);
    this.uses.set(sandbox.id, use);
    use.idleTimeoutMs = this.idleTimeoutMs(sandbox);
    use.inFlight += 1;
    this.timer ??= setInterval(() => void this.flushAll(), FLUSH_EVERY_MS);
    return () => {
      use.inFlight -= 1;
      use.lastActiveAt = this.clock.now();
    };
  }

  /** Writes what is known of one sandbox now, so that a look at its row is exact. False: there was nothing to write. */
  async flush(sandboxId: string): Promise<boolean> {
    const use = this.uses.get(sandboxId);
    if (use) await this.transactions.run(() => this.write(sandboxId, use));
    return use !== undefined;
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.flushAll();
  }

  private newUse(sandbox: UsedSandbox): Use {
    const { workspaceId } = sandbox;
    return { workspaceId, idleTimeoutMs: this.idleTimeoutMs(sandbox), inFlight: 0, lastActiveAt: this.clock.now() };
  }

  private idleTimeoutMs(sandbox: UsedSandbox): number {
    return idleTimeoutMs(sandbox, this.profiles.find(sandbox.profileId));
  }

  private async flushAll(): Promise<void> {
    const uses = [...this.uses];
    for (const [id, use] of uses) if (use.inFlight === 0) this.uses.delete(id);
    if (uses.length === 0) return this.pause();
    await this.transactions
      .run(async () => {
        for (const [id, use] of uses) await this.write(id, use);
      })
      .catch((error: unknown) => this.logger.error({ msg: 'Activity of sandboxes could not be written.', err: error }));
  }

  private pause(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private async write(sandboxId: string, use: Use): Promise<void> {
    const at = use.inFlight > 0 ? this.clock.now() : use.lastActiveAt;
    await this.sandboxes.touchRunning(sandboxId, at, at + use.idleTimeoutMs);
    await this.workspaces.touch(use.workspaceId, at);
  }
}
