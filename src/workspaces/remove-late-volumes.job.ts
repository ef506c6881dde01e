import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { JobRunner } from '../scheduling/job-runner.js';
import { WorkspacesService } from './workspaces.service.js';

const NAME = 'remove-late-volumes';
/** Between two looks at the engine's volumes, ms: one call. Longer leaves the files of who deleted them lie longer. */
const INTERVAL_MS = 10_000;

/**
 * Removes volumes of deleted workspaces that are still there: of cargos that were in use or the engine away, and those that
 * the engine made after their workspace was deleted, in a call that Bay gave up and the engine did not.
 */
@Injectable()
export class RemoveLateVolumesJob implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(RemoveLateVolumesJob.name);

  constructor(
    private readonly jobs: JobRunner,
    private readonly workspaces: WorkspacesService,
  ) {}

  onModuleInit(): void {
    this.jobs.register({ name: NAME, intervalMs: INTERVAL_MS, run: (signal) => this.sweep(signal) });
  }

  onApplicationBootstrap(): void {
    this.jobs.trigger(NAME);
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    await this.workspaces.removeBuriedExternal(signal);
    for (const volume of await this.workspaces.removeLate(signal)) {
      this.logger.warn({ msg: 'A volume of a deleted workspace was removed late.', volume });
    }
  }
}
