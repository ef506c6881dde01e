import { type ExecutionRequest, type ExecutionEvent, type ExitEvent } from '@bay/protocol';
import { Injectable, Logger } from '@nestjs/common';
import { LimitsConfig } from '../config/slices.js';
import { AgentNotInitializedError, AgentUnreachableError } from '../runtimes/ship/agent-errors.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { SandboxCalls } from '../sandboxes/sandbox-calls.js';
import { notReady } from '../sandboxes/sandbox-waker.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid, publicId } from '../shared/ids.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tracing } from '../telemetry/tracing.js';
import { ExecutionOutput } from './execution-output.js';
import { ExecutionSlots } from './execution-slots.js';
import { ExecutionTimes } from './execution-times.js';

/** A call waits for start and queue for its `timeout` and this much more: published clients give up 2 s later. */
const WAIT_BEYOND_TIMEOUT_MS = 8_000;
/** After its time limit an execution is interrupted, interrupted again, and killed; the agent needs less than this, ms. */
const LIMIT_GRACE_MS = 10_000;
/** How often a broken stream is taken up again. */
const RESUMES = 3;
/** How long a cancel may take, ms. */
const CANCEL_TIMEOUT_MS = 2_000;

/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type RunRequest = Without<ExecutionRequest, 'id'>;

export interface FinishedExecution {
  readonly id: string;
  readonly output: ExecutionOutput;
  readonly exit: ExitEvent;
  /** From the call to its end, ms. */
  readonly durationMs: number;
}

/** Runs executions in sandboxes: exactly once each, whatever happens to the connection. */
@Injectable()
export class ExecutionsService {
  private readonly logger = new Logger(ExecutionsService.name);

  constructor(
    private readonly calls: SandboxCalls,
    private readonly slots: ExecutionSlots,
    private readonly limits: LimitsConfig,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Runs to the end. Throws `session_not_ready` when it could not begin in time, `execution_lost` when sandbox and result
   * are gone, `timeout` when the agent does not keep its time limit, `quota_exceeded` before anything is started.
   */
  async run(sandbox: Sandbox, request: RunRequest): Promise<FinishedExecution> {
    const release = this.slots.take(sandbox.owner);
    try {
      return await this.runAdmitted(sandbox, request);
    } finally {
      release();
    }
  }

  private async runAdmitted(sandbox: Sandbox, request: RunRequest): Promise<FinishedExecution> {
    const id = publicId('exec', newUuid());
    const begun = this.clock.now();
    const waitMs = request.timeout_ms + WAIT_BEYOND_TIMEOUT_MS;
    const run = new ExecutionRun(sandbox, { ...request, id }, new ExecutionOutput(this.limits.outputBytes));
    const exit = await this.measured(run, request.kind, () =>
      this.calls.run(sandbox, waitMs, (agent) =>
        this.tracing
          .span('agent.execute', { 'bay.sandbox': sandbox.publicId, 'bay.execution': id }, () =>
            run.on(agent, Math.max(begun + waitMs - this.clock.now(), 1)),
          )
          .catch((error: unknown) => {
            const about = { sandbox: sandbox.publicId, execution: id };
            if (run.begun) this.logger.warn({ msg: 'An execution ended without a result.', ...about, err: error });
            throw error;
          }),
      ),
    );
    return { id, output: run.output, exit, durationMs: this.clock.now() - begun };
  }

  private async measured(run: ExecutionRun, kind: string, work: () => Promise<ExitEvent>): Promise<ExitEvent> {
    this.metrics.executionBegun(kind);
    try {
      const exit = await work();
      this.metrics.executionEnded(kind, exit.outcome, run.times.parts(exit));
      return exit;
    } catch (error) {
      const outcome = error instanceof BayError ? error.code : 'internal_error';
      this.metrics.executionEnded(kind, outcome, run.times.parts(null));
      throw error;
    }
  }
}

/** One execution on one agent, with its deadlines. */
class ExecutionRun {
  readonly times = new ExecutionTimes();
  private readonly deadline = new AbortController();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly request: ExecutionRequest,
    readonly output: ExecutionOutput,
  ) {}

  /** The agent has said something of it: it must never be started again. */
  get begun(): boolean {
    return this.output.cursor > 0;
  }

  /** Throws {@link AgentUnreachableError} only if nothing of it reached the agent. */
  async on(agent: ShipClient, queueMs: number): Promise<ExitEvent> {
    this.times.reached();
    this.abortAfter(queueMs);
    try {
      return await this.follow(agent);
    } catch (error) {
      if (!this.deadline.signal.aborted) throw error;
      await this.cancel(agent);
      throw this.output.started
        ? new BayError('timeout', 'The execution did not end within its time limit, and was cancelled.')
        : notReady(this.sandbox, 'The sandbox was busy with other executions for too long.');
    } finally {
      if (this.timer) clearTimeout(this.timer);
    }
  }

  private async follow(agent: ShipClient): Promise<ExitEvent> {
    const { signal } = this.deadline;
    let stream = agent.execute(this.request, signal);
    for (let attempt = 0; ; attempt += 1) {
      const broken = await this.read(stream).catch((error: unknown) => this.brokenOrThrow(error, attempt === 0));
      if (this.output.exit) return this.output.exit;
      if (attempt === RESUMES) throw lost(broken);
      stream = agent.resume(this.request.id, this.output.cursor, signal);
    }
  }

  private async read(stream: AsyncGenerator<ExecutionEvent>): Promise<null> {
    for await (const event of stream) {
      const waited = !this.output.started;
      this.output.add(event);
      if (!waited || !this.output.started) continue;
      this.times.started();
      this.abortAfter(this.request.timeout_ms + LIMIT_GRACE_MS);
    }
    return null;
  }

  /** A connection that broke may be taken up again; a refusal may not, and an agent that is gone took the result along. */
  private brokenOrThrow(error: unknown, isFirst: boolean): unknown {
    // Whatever an agent says after the end does not change it.
    if (this.output.exit) return null;
    if (this.deadline.signal.aborted || error instanceof BayError) throw error;
    const gone = error instanceof AgentUnreachableError || error instanceof AgentNotInitializedError;
    if (gone) throw isFirst ? error : lost(error);
    return error;
  }

  private abortAfter(ms: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.deadline.abort(), ms);
  }

  private async cancel(agent: ShipClient): Promise<void> {
    // Nobody waits for the outcome any more: an agent that does not even cancel is found by the next call.
    await agent.cancel(this.request.id, AbortSignal.timeout(CANCEL_TIMEOUT_MS)).catch(() => undefined);
  }
}

const lost = (cause: unknown): BayError =>
  new BayError('execution_lost', 'The sandbox ended while this was running, and its result is gone. Files are kept.', {
    cause,
  });
