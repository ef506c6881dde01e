import { type ExecutionOutcome, type ExecutionRequest, type ExecutionState, type ExitEvent } from '@bay/protocol';
import { EventLog, type NewEvent } from './event-log.js';
import { OutputWriter } from './output.js';

/** How a run ended; what is left out is null or false. */
export interface Ending {
  outcome: ExecutionOutcome;
  exitCode?: number | null;
  executionCount?: number | null;
  stateLost?: boolean;
  message?: string | null;
}

/** What runs an execution. */
export interface Runner {
  /** Refuses, by an AgentError, what cannot be started. Called once, before `run`. */
  check(request: ExecutionRequest): Promise<void>;
  /** Begins, now or when its turn comes. */
  run(execution: Execution): void;
  /** Ends it: politely, then by force. Harmless when it has ended. */
  interrupt(execution: Execution): void;
}

/** One run and all it said. Kept after its end for readers that come back. */
export class Execution {
  readonly log: EventLog;
  readonly output: OutputWriter;
  private status: ExecutionState['status'] = 'queued';
  private exit: ExitEvent | null = null;
  private startedAt = performance.now();
  private resolveEnded: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.resolveEnded = resolve));
  /** On the monotonic clock, for its age. */
  endedAt = 0;

  constructor(
    readonly request: ExecutionRequest,
    /** Tells a repeated request from another one with the same id. */
    readonly digest: string,
    readonly runner: Runner,
    spillDir: string,
  ) {
    this.log = new EventLog(spillDir);
    this.output = new OutputWriter(this.log);
  }

  get id(): string {
    return this.request.id;
  }

  get hasEnded(): boolean {
    return this.exit !== null;
  }

  start(executionCount: number | null): void {
    this.status = 'running';
    this.startedAt = performance.now();
    this.output.add({ type: 'started', execution_count: executionCount });
  }

  /** Adds `exit`, once; later endings are ignored. */
  end(ending: Ending): void {
    if (this.exit) return;
    const event: Extract<NewEvent, { type: 'exit' }> = {
      type: 'exit',
      outcome: ending.outcome,
      exit_code: ending.exitCode ?? null,
      execution_count: ending.executionCount ?? null,
      state_lost: ending.stateLost ?? false,
      duration_ms: this.status === 'queued' ? 0 : Math.round((performance.now() - this.startedAt) * 1000) / 1000,
      message: ending.message ?? null,
    };
    this.output.end(event);
    this.status = 'ended';
    this.exit = { seq: this.log.lastSeq, ...event };
    this.endedAt = performance.now();
    this.resolveEnded();
  }

  state(): ExecutionState {
    return { id: this.id, kind: this.request.kind, status: this.status, last_seq: this.log.lastSeq, exit: this.exit };
  }
}
