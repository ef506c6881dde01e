import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LifecycleConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { type Scope, SYSTEM } from '../shared/scope.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { SandboxActivity } from './sandbox-activity.js';
import { assertNotExpired } from './sandbox-waker.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { idleTimeoutMs, type OwnSettings, type Sandbox } from './sandbox.js';
import { type SandboxPage, SandboxesRepository } from './sandboxes.repository.js';

/** How often a lost race for the expiry is run again before the caller hears of it. */
const EXTEND_ATTEMPTS = 5;

/** What an owner may do with sandboxes. Writes intent and answers; the reconciler carries it out. */
@Injectable()
export class SandboxesService {
  constructor(
    private readonly sandboxes: SandboxesRepository,
    private readonly workspaces: WorkspacesService,
    private readonly profiles: ProfilesService,
    private readonly reconciler: SandboxReconciler,
    private readonly activity: SandboxActivity,
    private readonly transactions: Transactions,
    private readonly lifecycle: LifecycleConfig,
    private readonly clock: Clock,
  ) {}

  /** Throws `not_found` for what is not there, is deleted, or belongs to somebody else. */
  async get(scope: Scope, id: string): Promise<Sandbox> {
    const sandbox = await this.find(scope, id);
    if (!sandbox || sandbox.deletedAt !== null) throw new BayError('not_found', `There is no sandbox ${id}.`);
    return sandbox;
  }

  /** The row as it was just read, or newer, with the use of the last second in it. */
  async withLatestUse(scope: Scope, sandbox: Sandbox): Promise<Sandbox> {
    return (await this.activity.flush(sandbox.id)) ? this.get(scope, sandbox.publicId) : sandbox;
  }

  find(scope: Scope, id: string): Promise<Sandbox | null> {
    return this.transactions.read(() => this.sandboxes.find(scope, id));
  }

  list(scope: Scope, page: Omit<SandboxPage, 'now'>): Promise<Sandbox[]> {
    return this.transactions.read(() => this.sandboxes.list(scope, { ...page, now: this.clock.now() }));
  }

  /** Those of `ids` (of rows) that are not deleted, in no order. */
  listByIds(scope: Scope, ids: readonly string[]): Promise<Sandbox[]> {
    return this.transactions.read(() => this.sandboxes.listByIds(scope, ids));
  }

  /** Public ids of those that use the workspace, a hundred at most. Joins the caller's transaction. */
  listUsing(scope: Scope, workspaceId: string): Promise<string[]> {
    return this.transactions.read(() => this.sandboxes.listUsing(scope, workspaceId));
  }

  /** Moves the expiry on by `bySec`. Joins the caller's transaction. */
  async extend(scope: Scope, sandbox: Sandbox, bySec: number): Promise<Sandbox> {
    for (let attempt = 0; attempt < EXTEND_ATTEMPTS; attempt += 1) {
      const current = await this.get(scope, sandbox.publicId);
      if (current.expiresAt === null) {
        throw new BayError('sandbox_ttl_infinite', 'The sandbox has no expiry that could be extended.', {
          details: { sandbox_id: current.publicId },
        });
      }
      assertNotExpired(current, this.clock.now());
      const expiresAt = current.expiresAt + bySec * 1000;
      const seen = current.expiresAt;
      if (await this.transactions.run(() => this.sandboxes.extend(scope, current.id, seen, expiresAt))) {
        return { ...current, expiresAt };
      }
    }
    throw new BayError('conflict', 'Others are changing the expiry at the same time. Try again.');
  }

  /** Counts as use; starts nothing. */
  async keepAlive(sandbox: Sandbox): Promise<void> {
    const now = this.clock.now();
    assertNotExpired(sandbox, now);
    const idleExpiresAt = now + idleTimeoutMs(sandbox, this.profiles.find(sandbox.profileId));
    await this.transactions.run(() => this.sandboxes.touch(sandbox.id, now, idleExpiresAt));
  }

  /** Settings for its next start. Joins the caller's transaction. */
  async configure(scope: Scope, sandbox: Sandbox, settings: Partial<OwnSettings>): Promise<Sandbox> {
    await this.transactions.run(() => this.sandboxes.configure(scope, sandbox.id, settings));
    return { ...sandbox, ...settings };
  }

  /** Gives a running one `bySec` more of its idle time, now and after each later use. False: it does not run. */
  async extendIdle(scope: Scope, sandbox: Sandbox, bySec: number): Promise<boolean> {
    const idleTimeoutSec = Math.round(idleTimeoutMs(sandbox, this.profiles.find(sandbox.profileId)) / 1000);
    await this.activity.flush(sandbox.id);
    return this.transactions.run(() => this.sandboxes.extendIdle(scope, sandbox.id, { bySec, idleTimeoutSec }));
  }

  /** Lets a running one idle for `forSec` from now, more or less than it had. False: it does not run. */
  async idleFor(scope: Scope, sandbox: Sandbox, forSec: number): Promise<boolean> {
    await this.activity.flush(sandbox.id);
    const idleExpiresAt = this.clock.now() + forSec * 1000;
    return this.transactions.run(() => this.sandboxes.setIdleExpiry(scope, sandbox.id, idleExpiresAt));
  }

  /** Ends the session and keeps the files. Waits a little for the engine, then answers and finishes behind. */
  async stop(scope: Scope, sandbox: Sandbox): Promise<void> {
    const raised = await this.transactions.run(() => this.sandboxes.wantStopped(scope, sandbox.id));
    if (raised) await this.settle(sandbox.id);
  }

  /** Ends it for good: a managed workspace goes with it. Repeating it is fine. */
  async delete(scope: Scope, sandbox: Sandbox): Promise<void> {
    if (await this.bury(scope, sandbox)) await this.settle(sandbox.id);
  }

  /** Takes away an expired one; false when it was extended since it was looked up. */
  async reap(sandbox: Sandbox): Promise<boolean> {
    const isBuried = await this.bury(SYSTEM, sandbox, this.clock.now());
    if (isBuried) await this.settle(sandbox.id);
    return isBuried;
  }

  /** Stops an idle one; false when it was used since it was looked up. */
  async stopIdle(sandbox: Sandbox): Promise<boolean> {
    await this.activity.flush(sandbox.id);
    const now = this.clock.now();
    const raised = await this.transactions.run(() => this.sandboxes.wantStopped(SYSTEM, sandbox.id, now));
    if (raised) await this.settle(sandbox.id);
    return raised;
  }

  private bury(scope: Scope, sandbox: Sandbox, expiredBefore?: number): Promise<boolean> {
    return this.transactions.run(async () => {
      const now = this.clock.now();
      if (!(await this.sandboxes.wantDeleted(scope, sandbox.id, now, expiredBefore))) return false;
      await this.workspaces.buryManaged(sandbox.workspaceId);
      return true;
    });
  }

  private async settle(sandboxId: string): Promise<void> {
    const sandbox = await this.transactions.read(() => this.sandboxes.findById(SYSTEM, sandboxId));
    if (!sandbox) return;
    const patience = new AbortController();
    const waited = delay(this.lifecycle.stopWaitMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.reconciler.serve(sandboxId, sandbox.generation), waited]);
    patience.abort();
  }
}
