import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type GroupState } from '../drivers/driver.js';
import { type Session } from '../sessions/session.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { SYSTEM } from '../shared/scope.js';
import { SandboxChanges } from './sandbox-changes.js';
import { type HeldLease, LeaseLostError, SandboxLeases } from './sandbox.lease.js';
import { plan, type Step } from './sandbox.plan.js';
import { type StepContext, SandboxSteps } from './sandbox.steps.js';
import { SandboxesRepository } from './sandboxes.repository.js';

/** A plan comes to rest in at most seven steps; more means that an intent changed again and again. */
const MAX_STEPS = 50;

/** One sandbox being reconciled in this process. */
interface Run {
  readonly sandboxId: string;
  /** Once its row was read: what the log calls it by. */
  publicId: string | null;
  /** Somebody asked for another look meanwhile. */
  again: boolean;
  /** Ask the engine and the agent, even if the row says that all is well. */
  doubt: boolean;
  /** The session that this run opened itself: nothing of it can be on the engine yet. */
  opened: number | null;
  /** Ends the step that serves an intent which is no longer wanted. */
  step: { readonly generation: number; readonly abort: AbortController } | null;
  readonly done: Promise<void>;
}

class IntentChangedError extends Error {}

/**
 * Brings the engine to what the rows want. Who may run at the same time: any number of sandboxes side by side; for one
 * sandbox a single run in this process, and through the lease a single one in all replicas. Intent is written without the
 * lease at any time; a run that serves an older one notices (told in this process, at a renewal otherwise) and plans anew.
 */
@Injectable()
export class SandboxReconciler implements OnApplicationShutdown {
  private readonly logger = new Logger(SandboxReconciler.name);
  private readonly runs = new Map<string, Run>();
  private readonly shutdown = new AbortController();

  constructor(
    private readonly sandboxes: SandboxesRepository,
    private readonly sessions: SessionsService,
    private readonly leases: SandboxLeases,
    private readonly steps: SandboxSteps,
    private readonly changes: SandboxChanges,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves when the sandbox is at rest, when its step failed (the row or the next sweep has it), or at once when another
   * replica holds the lease. Never rejects.
   */
  reconcile(sandboxId: string, { doubt = false } = {}): Promise<void> {
    const running = this.runs.get(sandboxId);
    if (running) {
      running.again = true;
      running.doubt ||= doubt;
      return running.done;
    }
    let finish: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    const run: Run = { sandboxId, publicId: null, again: false, doubt, opened: null, step: null, done };
    this.runs.set(sandboxId, run);
    void this.drive(run).then(finish);
    return done;
  }

  /** After an intent was raised to `generation`: what serves an older one is given up at once. */
  serve(sandboxId: string, generation: number): Promise<void> {
    const step = this.runs.get(sandboxId)?.step;
    if (step && step.generation < generation) step.abort.abort(new IntentChangedError());
    return this.reconcile(sandboxId);
  }

  isActive(sandboxId: string): boolean {
    return this.runs.has(sandboxId);
  }

  async onApplicationShutdown(): Promise<void> {
    this.shutdown.abort(new Error('Bay is shutting down.'));
    await Promise.all([...this.runs.values()].map((run) => run.done));
  }

  private async drive(run: Run): Promise<void> {
    for (;;) {
      run.again = false;
      const hasWorked = await this.attempt(run).catch((error: unknown) => this.report(run, error));
      if (run.again && !this.shutdown.signal.aborted) continue;
      // In one breath with the look at `again`: a request in between would wait for a run that has ended.
      this.runs.delete(run.sandboxId);
      // Those who wait would ask for the same again at once, and again: they look by themselves after a while.
      if (hasWorked) this.changes.notify(run.sandboxId);
      return;
    }
  }

  /** False when another replica holds the lease. */
  private async attempt(run: Run): Promise<boolean> {
    const lease = await this.leases.acquire(run.sandboxId);
    if (!lease) return false;
    lease.keep((generation) => {
      if (run.step && run.step.generation < generation) run.step.abort.abort(new IntentChangedError());
    });
    try {
      for (let count = 0; count < MAX_STEPS; count += 1) {
        if (this.shutdown.signal.aborted || !(await this.advance(run, lease))) break;
      }
      return true;
    } finally {
      await lease.release();
    }
  }

  /** One look, one plan, one step. False when there is nothing more to do. */
  private async advance(run: Run, lease: HeldLease): Promise<boolean> {
    const sandbox = await this.transactions.read(() => this.sandboxes.findById(SYSTEM, run.sandboxId));
    if (!sandbox) return false;
    run.publicId = sandbox.publicId;
    const session = await this.sessions.findCurrent(sandbox.id);
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, lease.signal, this.shutdown.signal]);
    const context: StepContext = { sandbox, session, lease, signal };
    run.step = { generation: sandbox.generation, abort };
    try {
      const step = await this.next(run, context);
      if (step.type === 'rest') return false;
      await this.act(run, step, context);
      this.changes.notify(sandbox.id);
    } catch (error) {
      if (error instanceof LeaseLostError || lease.signal.aborted || this.shutdown.signal.aborted) throw error;
      // The intent changed under the step: whatever it left is seen by the next plan.
      if (!abort.signal.aborted) await this.recordFailure(context, error);
    } finally {
      run.step = null;
    }
    return true;
  }

  private async next(run: Run, context: StepContext): Promise<Step> {
    const { sandbox, session } = context;
    const now = this.clock.now();
    if (!session || session.state === 'ended') return plan(sandbox, null, now);
    const seen = await this.look(run, context, session);
    return plan(
      sandbox,
      { state: session.state, generation: session.generation, startDeadline: this.steps.startDeadline(session), seen },
      now,
    );
  }

  /** Asks the engine only where the answer decides something. */
  private async look(run: Run, context: StepContext, session: Session): Promise<GroupState | 'unknown'> {
    if (context.sandbox.desiredState !== 'running' || session.generation < context.sandbox.generation) return 'unknown';
    if (session.state === 'starting') {
      return run.opened === session.generation ? 'unknown' : this.sessions.inspect(session, context.signal);
    }
    if (!run.doubt) return 'unknown';
    run.doubt = false;
    const seen = await this.sessions.inspect(session, context.signal);
    if (seen !== 'running') return seen;
    return (await this.steps.isHealthy(context, session)) ? 'running' : 'broken';
  }

  private async act(run: Run, step: Exclude<Step, { type: 'rest' }>, context: StepContext): Promise<void> {
    if (step.type === 'open_session') run.opened = context.sandbox.generation;
    if (step.type !== 'bring_up') return this.steps.act(step, context);
    const deadline = AbortSignal.timeout(this.steps.startTimeLeft(context));
    try {
      await this.steps.act(step, { ...context, signal: AbortSignal.any([context.signal, deadline]) });
    } catch (error) {
      throw deadline.aborted && !context.signal.aborted ? this.steps.timedOut() : error;
    }
  }

  /**
   * Whatever keeps a start from working is its outcome, so that whoever waits for it hears why: the engine that cannot be
   * asked, an older session that cannot be removed, the start itself. Throws what no start waits for.
   */
  private async recordFailure(context: StepContext, error: unknown): Promise<void> {
    const { desiredState, observedState, observedGeneration, generation, publicId } = context.sandbox;
    const isStarting = observedGeneration < generation || observedState === 'starting';
    if (desiredState !== 'running' || !isStarting) throw error;
    const session = context.session?.id;
    this.logger.warn({ msg: 'A sandbox could not be started.', sandbox: publicId, session, err: error });
    await this.steps.fail(context, asBayError(error));
    this.changes.notify(context.sandbox.id);
  }

  private report(run: Run, error: unknown): false {
    if (error instanceof LeaseLostError || this.shutdown.signal.aborted) return false;
    this.logger.warn({
      msg: 'A sandbox is not at rest; the next sweep tries again.',
      sandbox: run.publicId,
      err: error,
    });
    return false;
  }
}

const asBayError = (error: unknown): BayError =>
  error instanceof BayError
    ? error
    : new BayError('internal_error', 'The sandbox could not be started because of a fault in Bay.', { cause: error });
