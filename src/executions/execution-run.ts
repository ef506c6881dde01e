import { type ExecutionEvent, type ExecutionRequest, type ExitEvent } from '@bay/protocol';
import { AgentNotInitializedError, AgentUnreachableError } from '../runtimes/ship/agent-errors.js';
import { type ShipClient } from '../runtimes/ship/ship-client.js';
import { notReady } from '../sandboxes/sandbox-waker.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { BayError } from '../shared/errors.js';
import { type ExecutionOutput } from './execution-output.js';
import { ExecutionTimes } from './execution-times.js';

/** After its time limit an execution is interrupted, interrupted again, and killed; the agent needs less than this, ms. */
const LIMIT_GRACE_MS = 10_000;
/** How often a broken stream is taken up again. */
const RESUMES = 3;
/** How long a cancel may take, ms. */
const CANCEL_TIMEOUT_MS = 2_000;

type Open = (signal: AbortSignal) => AsyncGenerator<ExecutionEvent>;

/** One execution on one agent, with its deadlines. */
export class ExecutionRun {
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

  /** Starts it. Throws {@link AgentUnreachableError} only if nothing of it reached the agent. */
  on(agent: ShipClient, queueMs: number): Promise<ExitEvent> {
    return this.bounded(agent, queueMs, (signal) => agent.execute(this.request, signal));
  }

  /** Follows the one that the agent was given before, from its first event on. Throws `execution_lost` if it was not. */
  again(agent: ShipClient, queueMs: number): Promise<ExitEvent> {
    return this.bounded(agent, queueMs, (signal) => agent.resume(this.request.id, 0, signal));
  }

  private async bounded(agent: ShipClient, queueMs: number, open: Open): Promise<ExitEvent> {
    this.times.reached();
    this.abortAfter(queueMs);
    try {
      return await this.follow(agent, open);
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

  private async follow(agent: ShipClient, open: Open): Promise<ExitEvent> {
    const { signal } = this.deadline;
    let stream = open(signal);
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

export const lost = (cause: unknown): BayError =>
  new BayError('execution_lost', 'The sandbox ended while this was running, and its result is gone. Files are kept.', {
    cause,
  });
