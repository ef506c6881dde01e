import { constants } from 'node:os';
import { type ExecutionOutcome } from '@bay/protocol';
import { type Execution } from '../executions/execution.js';
import { type PythonHost } from './python-host.js';

/** Between two SIGINT, and between the last one and SIGKILL. */
const STEP_MS = 2_000;
const INTERRUPTS = 2;

/** What the cell's interpreter is at its start. */
interface Standing {
  executionCount: number;
  /** An interpreter before it ended between two cells, and took its variables with it. */
  stateLost: boolean;
}

/** The running cell: its time limit, and the ladder that ends it. */
export class Cell {
  private timer: NodeJS.Timeout | undefined;
  private forced: Extract<ExecutionOutcome, 'timeout' | 'interrupted'> | undefined;
  private startedAt = performance.now();

  constructor(
    readonly execution: Execution,
    private readonly host: PythonHost,
    private readonly standing: Standing,
  ) {}

  begin(): void {
    const { request } = this.execution;
    this.startedAt = performance.now();
    this.timer = setTimeout(() => this.interrupt('timeout'), request.timeout_ms);
    this.execution.start(this.standing.executionCount);
    if (request.kind === 'python') this.host.send({ type: 'run', code: request.code });
  }

  /** SIGINT keeps the state; code that does not obey loses it. */
  interrupt(outcome: 'timeout' | 'interrupted'): void {
    if (this.forced) return;
    this.forced = outcome;
    clearTimeout(this.timer);
    this.step(INTERRUPTS);
  }

  private step(interruptsLeft: number): void {
    if (interruptsLeft === 0) return this.host.kill();
    this.host.interrupt(performance.now() - this.startedAt);
    this.timer = setTimeout(() => this.step(interruptsLeft - 1), STEP_MS);
  }

  /** The cell ran to its end, by itself or because it obeyed. */
  done(ok: boolean): void {
    clearTimeout(this.timer);
    const outcome = this.forced ?? (ok ? 'ok' : 'error');
    this.execution.end({
      outcome,
      ...this.standing,
      message: this.forced ? this.explain('its variables are kept') : null,
    });
  }

  /** The interpreter ended under it. */
  died(exitCode: number | null): void {
    clearTimeout(this.timer);
    const message = this.forced ? this.explain('it did not obey: Python was restarted') : explainDeath(exitCode);
    this.execution.end({
      outcome: this.forced ?? 'died',
      executionCount: this.standing.executionCount,
      stateLost: true,
      message,
    });
  }

  private explain(consequence: string): string {
    const cause =
      this.forced === 'timeout' ? `reached its limit of ${this.execution.request.timeout_ms} ms` : 'was interrupted';
    return `The cell ${cause}; ${consequence}.`;
  }
}

function explainDeath(exitCode: number | null): string {
  const restarted = 'Python was restarted and its variables are gone.';
  const signalName = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  if (signalName === 'SIGKILL') return `The interpreter was killed, perhaps for lack of memory. ${restarted}`;
  return `The interpreter ended with ${signalName ?? `exit code ${exitCode ?? 'unknown'}`}. ${restarted}`;
}
