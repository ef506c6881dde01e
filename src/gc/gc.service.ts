import { Injectable, Logger } from '@nestjs/common';
import { GC_TASKS, GcConfig, type GcTask } from '../config/slices.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { type JobReport, NOTHING_DONE } from '../scheduling/job.js';
import { sentenceOf } from '../scheduling/sweep.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';

/** Which job does what the published interface calls a task. */
const JOBS: Readonly<Record<GcTask, string>> = {
  idle_session: 'stop-idle-sandboxes',
  expired_sandbox: 'reap-expired-sandboxes',
  orphan_cargo: 'remove-late-volumes',
  orphan_container: 'remove-orphans',
};
const CYCLE = 'collect-garbage';
/** For a whole cycle, ms: published clients give up at 30 s. What is not done by then is left to the next one. */
const CYCLE_MS = 25_000;

export interface TaskReport extends JobReport {
  readonly task: GcTask;
}

export interface CycleReport {
  readonly tasks: readonly TaskReport[];
  readonly durationMs: number;
}

/** Runs the collector's tasks when somebody asks. Concurrency: one cycle at a time in all replicas; background runs are waited for. */
@Injectable()
export class GcService {
  private readonly logger = new Logger(GcService.name);

  constructor(
    private readonly jobs: JobRunner,
    private readonly gc: GcConfig,
    private readonly clock: Clock,
  ) {}

  /** Those of the named tasks that are enabled; null: all that are. Throws `locked` while another cycle runs. */
  async run(named: readonly string[] | null): Promise<CycleReport> {
    const begun = this.clock.now();
    const tasks = GC_TASKS.filter((task) => this.gc.tasks[task] && (named?.includes(task) ?? true));
    const deadline = AbortSignal.timeout(CYCLE_MS);
    const cycle = await this.jobs.exclusively(CYCLE, async (held) => {
      const signal = AbortSignal.any([deadline, held]);
      const reports: TaskReport[] = [];
      for (const task of tasks) reports.push({ task, ...(await this.runTask(task, signal)) });
      return reports;
    });
    if (!cycle) throw new BayError('locked', 'Another collection is running. Try again in a moment.');
    return { tasks: cycle.result, durationMs: this.clock.now() - begun };
  }

  /** Does a cycle or one of its tasks run now, in any replica? */
  isRunning(): Promise<boolean> {
    return this.jobs.isAnyHeld([CYCLE, ...Object.values(JOBS)]);
  }

  private async runTask(task: GcTask, signal: AbortSignal): Promise<JobReport> {
    try {
      return await this.jobs.runNow(JOBS[task], signal);
    } catch (error) {
      const isLate = signal.aborted;
      if (!isLate) this.logger.error({ err: error, task }, 'A task of the collector failed.');
      return { ...NOTHING_DONE, errors: [isLate ? 'There was no time left for it.' : sentenceOf(error)] };
    }
  }
}
