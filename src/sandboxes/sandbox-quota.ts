import { Injectable } from '@nestjs/common';
import { LimitsConfig } from '../config/slices.js';
import { quotaExceeded } from '../shared/quota.js';
import { type Scope, SYSTEM } from '../shared/scope.js';
import { type Counted, SandboxQuotaRepository } from './sandbox-quota.repository.js';

/** A place becomes free when somebody stops or deletes something, ms: asking more often is of little use. */
const RETRY_AFTER_MS = 5_000;

/**
 * Keeps sandboxes within their numbers. Both methods are called in the unit that wrote the intent, after it: the count has it
 * in, and throwing `quota_exceeded` rolls it back. Concurrency: units that count the same wait for each other, in all replicas.
 */
@Injectable()
export class SandboxQuota {
  constructor(
    private readonly rows: SandboxQuotaRepository,
    private readonly limits: LimitsConfig,
  ) {}

  /** After a row of the owner was inserted, or became the owner's. */
  async assertSandboxes(owner: string): Promise<void> {
    await this.assert('sandboxes', owner);
  }

  /** After a start was asked for. */
  async assertRunning(owner: string): Promise<void> {
    await this.assert('running', owner);
  }

  /** Always in this order, so that no two units wait for each other. */
  private async assert(counted: Counted, owner: string): Promise<void> {
    const { perOwner, total } = this.limits.quotas[counted];
    await this.assertWithin(counted, { owner }, perOwner);
    await this.assertWithin(counted, SYSTEM, total);
  }

  private async assertWithin(counted: Counted, scope: Scope, limit: number): Promise<void> {
    if (limit === 0) return;
    await this.rows.lock(scope);
    const count = await this.rows.count(scope, counted);
    if (count <= limit) return;
    throw quotaExceeded({
      quota: counted,
      scope: scope === SYSTEM ? 'installation' : 'owner',
      limit,
      current: count - 1,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
}
