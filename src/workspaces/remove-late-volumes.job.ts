import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { GcConfig } from '../config/slices.js';
import { gcSchedule } from '../scheduling/gc-schedule.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { type JobReport } from '../scheduling/job.js';
import { WorkspacesService } from './workspaces.service.js';

/** Between two looks at the engine's volumes, ms: one call. Longer leaves the files of who deleted them lie longer. */
const INTERVAL_MS = 10_000;

/**
 * Removes volumes of deleted workspaces that are still there: of cargos that were in use or the engine away, and those that
 * the engine made after their workspace was deleted, in a call that Bay gave up and the engine did not.
 */
@Injectable()
export class RemoveLateVolumesJob implements OnModuleInit {
  private readonly logger = new Logger(RemoveLateVolumesJob.name);

  constructor(
    private readonly jobs: JobRunner,
    private readonly workspaces: WorkspacesService,
    private readonly gc: GcConfig,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'remove-late-volumes',
      intervalMs: INTERVAL_MS,
      ...gcSchedule(this.gc, 'orphan_cargo'),
      run: (signal) => this.sweep(signal),
    });
  }

  private async sweep(signal: AbortSignal): Promise<JobReport> {
    const buried = await this.workspaces.removeBuriedExternal(signal);
    const late = await this.workspaces.removeLate(signal);
    for (const volume of late.removed)
      this.logger.warn({ msg: 'A volume of a deleted workspace was removed late.', volume });
    return {
      cleaned: buried.cleaned + late.removed.length,
      skipped: buried.skipped + late.kept,
      errors: buried.errors,
    };
  }
}
