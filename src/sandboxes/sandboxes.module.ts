import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CheckRunningSandboxesJob } from './check-running-sandboxes.job.js';
import { EndUnusedSandboxesJob } from './end-unused-sandboxes.job.js';
import { ForgetDeletedJob } from './forget-deleted.job.js';
import { SandboxActivity } from './sandbox-activity.js';
import { SandboxCalls } from './sandbox-calls.js';
import { SandboxChanges } from './sandbox-changes.js';
import { SandboxLeasesRepository } from './sandbox-leases.repository.js';
import { QuotaLockEntity } from './quota-lock.entity.js';
import { SandboxQuotaRepository } from './sandbox-quota.repository.js';
import { SandboxQuota } from './sandbox-quota.js';
import { SandboxUsage } from './sandbox-usage.js';
import { SandboxViews } from './sandbox-views.js';
import { SandboxWaker } from './sandbox-waker.js';
import { SandboxEntity } from './sandbox.entity.js';
import { SandboxCreation } from './sandbox-creation.js';
import { SandboxGauges } from './sandbox-gauges.js';
import { SandboxOpening } from './sandbox-opening.js';
import { SandboxGuard } from './sandbox.guard.js';
import { SandboxLeases } from './sandbox.lease.js';
import { SandboxReconciler } from './sandbox.reconciler.js';
import { SandboxSteps } from './sandbox.steps.js';
import { SandboxesController } from './sandboxes.controller.js';
import { SandboxesRepository } from './sandboxes.repository.js';
import { SandboxesService } from './sandboxes.service.js';
import { SpareClaims } from './spare-claims.js';
import { SparesRepository } from './spares.repository.js';
import { SparesService } from './spares.service.js';
import { SettleSandboxesJob } from './settle-sandboxes.job.js';
import { StartQueue } from './start-queue.js';

const JOBS = [CheckRunningSandboxesJob, EndUnusedSandboxesJob, ForgetDeletedJob, SettleSandboxesJob];

@Module({
  imports: [
    TypeOrmModule.forFeature([SandboxEntity, QuotaLockEntity]),
    IdempotencyModule,
    ProfilesModule,
    SessionsModule,
    WorkspacesModule,
  ],
  controllers: [SandboxesController],
  providers: [
    SandboxActivity,
    SandboxCalls,
    SandboxChanges,
    SandboxCreation,
    SandboxGauges,
    SandboxGuard,
    SandboxLeases,
    SandboxLeasesRepository,
    SandboxOpening,
    SandboxQuota,
    SandboxQuotaRepository,
    SandboxReconciler,
    SandboxSteps,
    SandboxUsage,
    SandboxViews,
    SandboxWaker,
    StartQueue,
    SandboxesRepository,
    SandboxesService,
    SpareClaims,
    SparesRepository,
    SparesService,
    ...JOBS,
  ],
  exports: [
    ProfilesModule,
    SandboxCalls,
    SandboxCreation,
    SandboxGuard,
    SandboxOpening,
    SandboxesService,
    SpareClaims,
    SparesService,
    SandboxWaker,
    SandboxesService,
    SessionsModule,
    StartQueue,
  ],
})
export class SandboxesModule {}
