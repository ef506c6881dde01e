import { type ExitEvent } from '@bay/protocol';
import { type ExecutionOutput } from './execution-output.js';

/** What a command answers that its time limit ended, or that never started. */
const NO_EXIT_CODE = -1;

export interface FinishedExecution {
  /** `exec-0123456789ab` */
  readonly id: string;
  readonly kind: 'python' | 'shell';
  readonly output: ExecutionOutput;
  readonly exit: ExitEvent;
  /** The limit that it was given, ms. */
  readonly timeoutMs: number;
  /** From the call to its end, ms. */
  readonly durationMs: number;
}

/** How an execution went, in the words of every API and of the history. */
export interface ExecutionResult {
  readonly success: boolean;
  /** Python: all that was written and shown, in order. Shell: standard output. */
  readonly output: string;
  /** Traceback or standard error, or why it ended; null: nothing to say. */
  readonly error: string | null;
  /** Of a command; -1 when it was ended by its time limit or never started. */
  readonly exitCode: number;
}

export function resultOf(finished: FinishedExecution): ExecutionResult {
  return finished.kind === 'python' ? pythonResult(finished) : shellResult(finished);
}

function pythonResult({ output, exit, timeoutMs }: FinishedExecution): ExecutionResult {
  const ended = whyItEnded(exit, timeoutMs);
  const traceback = output.error ? output.error.traceback.join('\n') : null;
  return {
    success: exit.outcome === 'ok',
    output: output.text.trim(),
    // A timeout interrupts Python, whose traceback alone would look like the user's own.
    error: [ended, traceback].filter((text) => text !== null).join('\n') || null,
    exitCode: exit.outcome === 'ok' ? 0 : NO_EXIT_CODE,
  };
}

function shellResult({ output, exit, timeoutMs }: FinishedExecution): ExecutionResult {
  const exitCode = exit.outcome === 'ok' ? (exit.exit_code ?? NO_EXIT_CODE) : NO_EXIT_CODE;
  return {
    success: exitCode === 0,
    output: output.stdout.trim(),
    error: whyItEnded(exit, timeoutMs) ?? (output.stderr || null),
    exitCode,
  };
}

/** Null when it ran to its end. */
function whyItEnded(exit: ExitEvent, timeoutMs: number): string | null {
  const lost = exit.state_lost ? ' Python was restarted: variables are gone, files are kept.' : '';
  switch (exit.outcome) {
    case 'ok':
      return null;
    case 'timeout':
      return `Command timed out after ${timeoutMs / 1000} s and was ended.${lost}`;
    case 'interrupted':
      return `It was interrupted.${lost}`;
    case 'died':
      return `${exit.message ?? 'Python ended while this was running.'}${lost}`;
    case 'error':
      return exit.message;
  }
}
