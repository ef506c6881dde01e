import { type ExitEvent } from '@bay/protocol';
import { type ExecutionParts } from '../telemetry/metrics.js';

/** When the parts of one execution begin, on this process's own clock. */
export class ExecutionTimes {
  private readonly begun = performance.now();
  private reachedAt: number | null = null;
  private startedAt: number | null = null;

  /** An agent is at hand; the last one counts. */
  reached(): void {
    this.reachedAt = performance.now();
  }

  /** The agent says that it runs. */
  started(): void {
    this.startedAt ??= performance.now();
  }

  /** Of an execution that ended just now, with the agent's figure where there is one. That is not believed beyond the whole. */
  parts(exit: ExitEvent | null): ExecutionParts {
    const total = performance.now() - this.begun;
    if (this.reachedAt === null) return { total };
    const wake = this.reachedAt - this.begun;
    if (this.startedAt === null) return { wake, total };
    const queue = this.startedAt - this.reachedAt;
    if (!exit) return { wake, queue, total };
    const run = Math.min(Math.max(exit.duration_ms, 0), total);
    return { wake, queue, run, added: Math.max(total - wake - queue - run, 0), total };
  }
}
