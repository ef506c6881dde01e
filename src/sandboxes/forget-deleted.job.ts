import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { SandboxesRepository } from './sandboxes.repository.js';

const INTERVAL_MS = 3_600_000;
/** How long the row of something that is gone stays, ms: thirty days in which a repeated DELETE still succeeds. */
const KEEP_MS = 30 * 24 * 3_600_000;

/** Drops the rows of what has long been gone, so that tables do not grow for ever. */
@Injectable()
export class ForgetDeletedJob implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly sandboxes: SandboxesRepository,
    private readonly sessions: SessionsService,
    private readonly workspaces: WorkspacesService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.register({ name: 'forget-deleted', intervalMs: INTERVAL_MS, run: () => this.forget() });
  }

  private async forget(): Promise<void> {
    const before = this.clock.now() - KEEP_MS;
    await this.sessions.forget(before);
    await this.transactions.run(() => this.sandboxes.forget(before));
    await this.workspaces.forget(before);
  }
}
