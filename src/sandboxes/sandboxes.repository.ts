import { Injectable } from '@nestjs/common';
import { Brackets, type EntityManager, In, IsNull, Not, type SelectQueryBuilder } from 'typeorm';
import { PreparedFind } from '../database/prepared-find.js';
import { Transactions } from '../database/transactions.js';
import { ownedBy, type Scope, SYSTEM, visibleTo } from '../shared/scope.js';
import { type OwnSettings, type Sandbox } from './sandbox.js';
import { SandboxEntity } from './sandbox.entity.js';
import { type SandboxStatus } from './sandbox.state.js';

export interface RunningSandbox {
  readonly publicId: string;
  readonly sessionId: string;
}

export interface StatusCount {
  readonly profile: string;
  readonly status: SandboxStatus;
  readonly count: number;
}

export interface SandboxPage {
  readonly limit: number;
  /** Keyset: rows behind this one, newest first. */
  readonly after: { readonly createdAt: number; readonly id: string } | null;
  readonly status: SandboxStatus | null;
  readonly now: number;
}

/** Of the users of a workspace, how many are named. */
const MOST_USERS = 100;

const BY_ID = new PreparedFind(SandboxEntity, ['id']);
const BY_PUBLIC_ID = new PreparedFind(SandboxEntity, ['publicId']);

/** The rows of sandboxes. The only gate to the table; leases have their own in `sandbox-leases.repository.ts`. */
@Injectable()
export class SandboxesRepository {
  constructor(private readonly transactions: Transactions) {}

  private get manager(): EntityManager {
    return this.transactions.manager;
  }

  async insert(sandbox: Sandbox): Promise<void> {
    await this.manager.insert(SandboxEntity, sandbox);
  }

  async find(scope: Scope, publicId: string): Promise<Sandbox | null> {
    return visibleTo(scope, await BY_PUBLIC_ID.one(this.manager, { publicId }));
  }

  async findById(scope: Scope, id: string): Promise<Sandbox | null> {
    return visibleTo(scope, await BY_ID.one(this.manager, { id }));
  }

  /** One row more than asked for tells whether there is a next page. */
  async list(scope: Scope, page: SandboxPage): Promise<Sandbox[]> {
    const query = this.query(scope).andWhere('s.deleted_at IS NULL AND s.spare_key IS NULL');
    if (page.status) whereStatus(query, page.status, page.now);
    if (page.after) {
      query.andWhere('(s.created_at < :at OR (s.created_at = :at AND s.id < :id))', {
        at: page.after.createdAt,
        id: page.after.id,
      });
    }
    return query
      .orderBy('s.created_at', 'DESC')
      .addOrderBy('s.id', 'DESC')
      .take(page.limit + 1)
      .getMany();
  }

  async listByIds(scope: Scope, ids: readonly string[]): Promise<Sandbox[]> {
    if (ids.length === 0) return [];
    return this.manager.findBy(SandboxEntity, { id: In([...ids]), deletedAt: IsNull(), ...ownedBy(scope) });
  }

  /** Public ids of those that use the workspace and are not deleted. */
  async listUsing(scope: Scope, workspaceId: string): Promise<string[]> {
    const rows = await this.manager.find(SandboxEntity, {
      select: { publicId: true },
      where: { workspaceId, deletedAt: IsNull(), ...ownedBy(scope) },
      take: MOST_USERS,
    });
    return rows.map(({ publicId }) => publicId);
  }

  /** Asks for a start, unless one is wanted and under way or done. Tells whether this call raised the generation. */
  async wantRunning(scope: Scope, id: string): Promise<boolean> {
    return this.raise(scope, id, { desiredState: 'running' }, (query) =>
      query.andWhere("desired_state <> 'deleted'").andWhere(
        `NOT (desired_state = 'running' AND
                (observed_generation < generation OR observed_state IN ('starting', 'running')))`,
      ),
    );
  }

  /** Asks for a stop. With `idleBefore`, only if it is idle by then: nothing used it since it was looked up. */
  async wantStopped(scope: Scope, id: string, idleBefore?: number): Promise<boolean> {
    return this.raise(scope, id, { desiredState: 'stopped' }, (query) => {
      query.andWhere("desired_state = 'running'");
      return idleBefore === undefined ? query : query.andWhere('idle_expires_at <= :idleBefore', { idleBefore });
    });
  }

  /** Asks for the end. With `expiredBefore`, only if the life time was not extended meanwhile. */
  async wantDeleted(scope: Scope, id: string, now: number, expiredBefore?: number): Promise<boolean> {
    return this.raise(scope, id, { desiredState: 'deleted', deletedAt: now }, (query) => {
      query.andWhere('deleted_at IS NULL');
      return expiredBefore === undefined ? query : query.andWhere('expires_at <= :expiredBefore', { expiredBefore });
    });
  }

  /** Moves the expiry on from the value that the caller saw; false when somebody else was faster. */
  async extend(scope: Scope, id: string, seen: number, expiresAt: number): Promise<boolean> {
    const result = await this.manager.update(SandboxEntity, { id, expiresAt: seen, ...ownedBy(scope) }, { expiresAt });
    return result.affected === 1;
  }

  async configure(scope: Scope, id: string, settings: Partial<OwnSettings>): Promise<void> {
    await this.manager.update(SandboxEntity, { id, ...ownedBy(scope) }, settings);
  }

  /** `idleTimeoutSec` is what holds so far. False: it does not run. */
  async extendIdle(
    scope: Scope,
    id: string,
    { bySec, idleTimeoutSec }: { readonly bySec: number; readonly idleTimeoutSec: number },
  ): Promise<boolean> {
    const result = await updateOf(this.manager)
      .set({
        idleExpiresAt: () => 'idle_expires_at + :byMs',
        idleTimeoutSec: () => 'COALESCE(idle_timeout_sec, :idleTimeoutSec) + :bySec',
      })
      .where({ id, ...ownedBy(scope), idleExpiresAt: Not(IsNull()), desiredState: 'running' })
      .setParameters({ byMs: bySec * 1000, bySec, idleTimeoutSec })
      .execute();
    return result.affected === 1;
  }

  /** False: it does not run. */
  async setIdleExpiry(scope: Scope, id: string, idleExpiresAt: number): Promise<boolean> {
    const running = { id, ...ownedBy(scope), idleExpiresAt: Not(IsNull()), desiredState: 'running' as const };
    const result = await this.manager.update(SandboxEntity, running, { idleExpiresAt });
    return result.affected === 1;
  }

  /** Notes that the sandbox is in use. Never moves the idle expiry back. */
  async touch(id: string, now: number, idleExpiresAt: number): Promise<void> {
    await this.touching(now, idleExpiresAt).andWhere('id = :id', { id }).execute();
  }

  /** As {@link touch}, unless it was stopped meanwhile: what does not run is not idle. */
  async touchRunning(id: string, now: number, idleExpiresAt: number): Promise<void> {
    await this.touching(now, idleExpiresAt).andWhere("id = :id AND desired_state = 'running'", { id }).execute();
  }

  /** Ids that are not at rest: an intent nobody carried out, a start under way, or a session that was not removed. */
  async listUnsettled(limit: number, now: number): Promise<string[]> {
    return this.ids(
      this.query(SYSTEM)
        .where(
          `(s.observed_generation < s.generation OR s.observed_state = 'starting'
            OR (s.session_id IS NOT NULL AND s.observed_state <> 'running'))`,
        )
        .andWhere('(s.lease_until IS NULL OR s.lease_until < :now)', { now })
        .take(limit),
    );
  }

  async listRunning(limit: number, afterId: string): Promise<string[]> {
    return this.ids(
      this.query(SYSTEM)
        .where("s.desired_state = 'running' AND s.observed_state = 'running' AND s.id > :afterId", { afterId })
        .orderBy('s.id')
        .take(limit),
    );
  }

  /** Those that run, the most recently active first. */
  async listLastActive(scope: Scope, limit: number): Promise<RunningSandbox[]> {
    return this.query(scope)
      .select('s.public_id', 'publicId')
      .addSelect('s.session_id', 'sessionId')
      .andWhere("s.desired_state = 'running' AND s.observed_state = 'running' AND s.session_id IS NOT NULL")
      .andWhere('s.spare_key IS NULL')
      .orderBy('s.last_active_at', 'DESC')
      .limit(limit)
      .getRawMany<RunningSandbox>();
  }

  /** `statusOf`, counted. */
  async countByStatus(scope: Scope, now: number): Promise<StatusCount[]> {
    const cases = Object.entries(STATUS_CONDITIONS).map(([status, condition]) => `WHEN ${condition} THEN '${status}'`);
    const status = `CASE WHEN ${EXPIRED} THEN 'expired' ${cases.join(' ')} END`;
    const rows = await this.query(scope)
      .select('s.profile_id', 'profile')
      .addSelect(status, 'status')
      .addSelect('COUNT(*)', 'count')
      .andWhere('s.deleted_at IS NULL AND s.spare_key IS NULL')
      .setParameters({ now })
      .groupBy('profile')
      .addGroupBy('status')
      .getRawMany<{ profile: string; status: SandboxStatus; count: number | string }>();
    return rows.map((row) => ({ ...row, count: Number(row.count) }));
  }

  async listExpired(limit: number, now: number): Promise<Sandbox[]> {
    return this.query(SYSTEM).where('s.deleted_at IS NULL AND s.expires_at <= :now', { now }).take(limit).getMany();
  }

  async listIdle(limit: number, now: number): Promise<Sandbox[]> {
    return this.query(SYSTEM)
      .where("s.desired_state = 'running' AND s.idle_expires_at <= :now", { now })
      .take(limit)
      .getMany();
  }

  /** Drops the rows of sandboxes that are long gone. */
  async forget(deletedBefore: number): Promise<number> {
    const result = await this.manager
      .createQueryBuilder()
      .delete()
      .from(SandboxEntity)
      .where("observed_state = 'deleted' AND deleted_at < :deletedBefore", { deletedBefore })
      .execute();
    return result.affected ?? 0;
  }

  private query(scope: Scope): SelectQueryBuilder<Sandbox> {
    const query = this.manager.createQueryBuilder(SandboxEntity, 's');
    return scope === SYSTEM ? query.where('1 = 1') : query.where('s.owner = :owner', ownedBy(scope));
  }

  private touching(lastActiveAt: number, idleExpiresAt: number): ReturnType<typeof updateOf> {
    const query = updateOf(this.manager).set({ lastActiveAt, idleExpiresAt });
    return query.where('(idle_expires_at IS NULL OR idle_expires_at < :idleExpiresAt)', { idleExpiresAt });
  }

  private async ids(query: SelectQueryBuilder<Sandbox>): Promise<string[]> {
    const rows = await query.select('s.id', 'id').getRawMany<{ id: string }>();
    return rows.map((row) => row.id);
  }

  private async raise(
    scope: Scope,
    id: string,
    intent: Pick<Sandbox, 'desiredState'> & { readonly deletedAt?: number },
    guard: (query: ReturnType<typeof updateOf>) => ReturnType<typeof updateOf>,
  ): Promise<boolean> {
    const update = updateOf(this.manager)
      .set({ ...intent, generation: () => 'generation + 1' })
      .where('id = :id', { id });
    if (scope !== SYSTEM) update.andWhere('owner = :owner', { owner: scope.owner });
    const result = await guard(update).execute();
    return result.affected === 1;
  }
}

const updateOf = (manager: EntityManager) => manager.createQueryBuilder().update(SandboxEntity);

const EXPIRED = 's.expires_at IS NOT NULL AND s.expires_at <= :now';

/** `statusOf` as a condition, so that pages are exact. */
function whereStatus(query: SelectQueryBuilder<Sandbox>, status: SandboxStatus, now: number): void {
  if (status === 'expired') {
    query.andWhere(EXPIRED, { now });
    return;
  }
  query.andWhere(`NOT (${EXPIRED})`, { now });
  query.andWhere(new Brackets((where) => where.where(STATUS_CONDITIONS[status])));
}

const SETTLED = "s.desired_state = 'running' AND s.observed_generation >= s.generation";
const STATUS_CONDITIONS: Record<Exclude<SandboxStatus, 'expired'>, string> = {
  ready: `${SETTLED} AND s.observed_state = 'running'`,
  failed: `${SETTLED} AND s.observed_state = 'failed'`,
  starting: `s.desired_state = 'running' AND (s.observed_generation < s.generation OR s.observed_state = 'starting')`,
  idle: `s.desired_state <> 'running' OR
         (s.observed_generation >= s.generation AND s.observed_state IN ('none', 'lost', 'stopped', 'deleted'))`,
};
