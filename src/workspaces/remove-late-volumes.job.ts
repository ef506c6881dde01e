import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { GcConfig } from '../config/slices.js';
import { gcSchedule } from '../scheduling/gc-schedule.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { addReports, type JobReport } from '../scheduling/job.js';
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
  private reported: ReadonlySet<string> = new Set();

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
    this.report(late.unknown);
    return addReports(buried, {
      cleaned: late.removed.length,
      skipped: late.inUse + late.unknown.length,
      errors: [],
    });
  }

  /** Once for each, as long as it is there. */
  private report(unknown: readonly string[]): void {
    for (const volume of unknown) {
      if (this.reported.has(volume)) continue;
      this.logger.warn({
        msg: 'A volume of this installation has no row. It is kept: look at it, and remove it by hand.',
        volume,
      });
    }
    this.reported = new Set(unknown);
  }
}
