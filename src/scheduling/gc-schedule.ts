import { type GcConfig, type GcTask } from '../config/slices.js';
import { type Job } from './job.js';

/** When the job of a collector's task runs by itself, as the configuration says. */
export function gcSchedule(gc: GcConfig, task: GcTask): Required<Pick<Job, 'isScheduled' | 'runsAtStart'>> {
  const isScheduled = gc.isEnabled && gc.tasks[task];
  return { isScheduled, runsAtStart: isScheduled && gc.runsAtStart };
}
