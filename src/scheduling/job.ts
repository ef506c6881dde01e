/** What one run of a job did. */
export interface JobReport {
  readonly cleaned: number;
  /** Looked at and left: used again meanwhile, too young, not free. */
  readonly skipped: number;
  /** One sentence for each thing that could not be cleaned. */
  readonly errors: readonly string[];
}

export interface Job {
  /** Unique; at most 100 characters. */
  readonly name: string;
  /** From one tick to the next. A tick that finds the job still running is left out. */
  readonly intervalMs: number;
  /** False: it runs only when it is asked for. Default true. */
  readonly isScheduled?: boolean;
  /** Once as Bay starts, and not only an interval later. Default false. */
  readonly runsAtStart?: boolean;
  /** Aborted when the lease is lost or Bay stops; must then end soon. What counts nothing returns nothing. */
  run(signal: AbortSignal): Promise<JobReport | void>;
}

export const NOTHING_DONE: JobReport = { cleaned: 0, skipped: 0, errors: [] };

export const addReports = (one: JobReport, other: JobReport): JobReport => ({
  cleaned: one.cleaned + other.cleaned,
  skipped: one.skipped + other.skipped,
  errors: [...one.errors, ...other.errors],
});
