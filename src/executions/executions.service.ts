import { type ExecutionRequest, type ExitEvent } from '@bay/protocol';
import { Injectable, Logger } from '@nestjs/common';
import { LimitsConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { type Annotation } from '../history/history-entry.js';
import { HistoryService } from '../history/history.service.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { SandboxCalls } from '../sandboxes/sandbox-calls.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid, publicId } from '../shared/ids.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tracing } from '../telemetry/tracing.js';
import { ExecutionOutput } from './execution-output.js';
import { type FinishedExecution, resultOf } from './execution-result.js';
import { ExecutionRun, lost } from './execution-run.js';
import { ExecutionSlots } from './execution-slots.js';

/** A call waits for start and queue for its `timeout` and this much more: published clients give up 2 s later. */
const WAIT_BEYOND_TIMEOUT_MS = 8_000;

/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type RunRequest = Without<ExecutionRequest, 'id'>;

export interface ExecutionCall {
  readonly sandbox: Sandbox;
  readonly request: RunRequest;
  readonly note: Pick<Annotation, 'description' | 'tags'>;
}

/** For a call that is remembered by its key; see {@link KeyedExecutions}. */
export interface Attempt {
  readonly id: string;
  /** The session that an earlier attempt was sent to. Null: it was never sent. */
  readonly sentTo: string | null;
  /** Before anything is sent to the agent of this session. */
  beforeSending(sessionId: string): Promise<void>;
  /** In the transaction that records the end. False: another process has followed it, too, and has recorded it. */
  finished(execution: FinishedExecution): Promise<boolean>;
  /** The same when it may have run and there is no result. */
  failed(error: BayError): Promise<boolean>;
}

export const newExecutionId = (): string => publicId('exec', newUuid());

/** Runs executions in sandboxes: exactly once each, whatever happens to the connection. Each end is in the history. */
@Injectable()
export class ExecutionsService {
  private readonly logger = new Logger(ExecutionsService.name);

  constructor(
    private readonly calls: SandboxCalls,
    private readonly slots: ExecutionSlots,
    private readonly history: HistoryService,
    private readonly transactions: Transactions,
    private readonly limits: LimitsConfig,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Runs to the end. Throws `session_not_ready` when it could not begin in time, `execution_lost` when sandbox and result
   * are gone, `timeout` when the agent does not keep its time limit, `quota_exceeded` before anything is started.
   */
  async run(call: ExecutionCall, attempt: Attempt | null = null): Promise<FinishedExecution> {
    const release = this.slots.take(call.sandbox.owner);
    try {
      return await this.runAdmitted(call, attempt);
    } finally {
      release();
    }
  }

  private async runAdmitted(call: ExecutionCall, attempt: Attempt | null): Promise<FinishedExecution> {
    const { sandbox, request } = call;
    const id = attempt?.id ?? newExecutionId();
    const begunAt = this.clock.now();
    const run = new ExecutionRun(sandbox, { ...request, id }, new ExecutionOutput(this.limits.outputBytes));
    const started = { id, call, attempt, run, begunAt, sessionId: null };
    let exit: ExitEvent;
    try {
      exit = await this.measured(run, request.kind, () => this.send(started));
    } catch (error) {
      await this.recordFailure(started, error);
      throw error;
    }
    const durationMs = this.clock.now() - begunAt;
    const { kind, timeout_ms: timeoutMs } = request;
    const finished = { id, kind, output: run.output, exit, timeoutMs, durationMs };
    await this.remember(started, async () => {
      const isFirst = !attempt || (await attempt.finished(finished));
      if (isFirst) await this.record(started, durationMs, resultOf(finished));
    });
    return finished;
  }

  private send(started: Started): Promise<ExitEvent> {
    const { id, call, attempt, run, begunAt } = started;
    const { sandbox, request } = call;
    const waitMs = request.timeout_ms + WAIT_BEYOND_TIMEOUT_MS;
    const onAgent = async (agent: ShipClient): Promise<ExitEvent> => {
      started.sessionId = agent.sessionId;
      const left = Math.max(begunAt + waitMs - this.clock.now(), 1);
      if (attempt?.sentTo) {
        // An agent that was given it may have run it, and the next one cannot know.
        if (attempt.sentTo !== agent.sessionId) throw lost(undefined);
        return run.again(agent, left);
      }
      await attempt?.beforeSending(agent.sessionId);
      return run.on(agent, left);
    };
    const about = { 'bay.sandbox': sandbox.publicId, 'bay.execution': id };
    return this.calls.run(sandbox, waitMs, (agent) => this.tracing.span('agent.execute', about, () => onAgent(agent)));
  }

  /** What may have run is recorded as failed; of what certainly did not nothing is left. */
  private async recordFailure(started: Started, error: unknown): Promise<void> {
    const { id, call, attempt, run, begunAt } = started;
    const isLost = error instanceof BayError && error.code === 'execution_lost';
    if (!run.begun && !isLost) return;
    this.logger.warn({
      msg: 'An execution ended without a result.',
      sandbox: call.sandbox.publicId,
      execution: id,
      err: error,
    });
    const known =
      error instanceof BayError
        ? error
        : new BayError('internal_error', 'It was not followed to its end: something went wrong inside Bay.');
    await this.remember(started, async () => {
      const isFirst = !attempt || (await attempt.failed(known));
      const output = run.output.text.trim();
      const result = { success: false, output, error: known.message };
      if (isFirst) await this.record(started, this.clock.now() - begunAt, result);
    });
  }

  /**
   * What ran has run, and its caller is told so even when no row can be written: on a full disk he could not make room
   * otherwise. A key then stays as it is noted, and a repetition follows the execution on its agent.
   */
  private async remember({ id, call }: Started, work: () => Promise<void>): Promise<void> {
    try {
      await this.transactions.run(work);
    } catch (error) {
      const about = { sandbox: call.sandbox.publicId, execution: id };
      this.logger.error({ msg: 'An execution is missing from the history.', ...about, err: error });
    }
  }

  private record(
    { id, call, sessionId }: Started,
    durationMs: number,
    result: { readonly success: boolean; readonly output: string; readonly error: string | null },
  ): Promise<void> {
    const { sandbox, request, note } = call;
    return this.history.record({
      publicId: id,
      owner: sandbox.owner,
      sandboxId: sandbox.publicId,
      sessionId,
      execType: request.kind,
      code: request.kind === 'python' ? request.code : request.command,
      success: result.success,
      executionTimeMs: durationMs,
      output: result.output,
      error: result.error,
      description: note.description,
      tags: note.tags,
    });
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

/** One call on its way. */
interface Started {
  readonly id: string;
  readonly call: ExecutionCall;
  readonly attempt: Attempt | null;
  readonly run: ExecutionRun;
  readonly begunAt: number;
  sessionId: string | null;
}
