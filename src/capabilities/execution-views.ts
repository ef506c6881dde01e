import { type ExitEvent, type MimeBundle } from '@bay/protocol';
import { type FinishedExecution } from '../executions/executions.service.js';
import { type PythonExecDto, type PythonExecView, type ShellExecDto, type ShellExecView } from './execution.dto.js';

/** What a call answers for a command that its time limit ended, or that never started. */
const NO_EXIT_CODE = -1;

export function pythonView(body: PythonExecDto, { id, output, exit, durationMs }: FinishedExecution): PythonExecView {
  const text = output.text.trim();
  return {
    success: exit.outcome === 'ok',
    output: text,
    error: output.error ? output.error.traceback.join('\n') : whyItEnded(exit, body.timeout),
    data: {
      execution_count: output.executionCount,
      output: { text, images: output.displays.flatMap(picture), displays: [...output.displays] },
    },
    execution_id: id,
    execution_time_ms: durationMs,
    code: body.include_code ? body.code : null,
    state_lost: exit.state_lost,
    truncated: output.truncated,
  };
}

export function shellView(body: ShellExecDto, { id, output, exit, durationMs }: FinishedExecution): ShellExecView {
  const exitCode = exit.outcome === 'ok' ? (exit.exit_code ?? NO_EXIT_CODE) : NO_EXIT_CODE;
  return {
    success: exitCode === 0,
    output: output.stdout.trim(),
    error: whyItEnded(exit, body.timeout) ?? (output.stderr || null),
    exit_code: exitCode,
    execution_id: id,
    execution_time_ms: durationMs,
    command: body.command,
    truncated: output.truncated,
  };
}

function picture(data: MimeBundle): Record<string, string>[] {
  const png = data['image/png'];
  return typeof png === 'string' ? [{ 'image/png': png }] : [];
}

/** Null when it ran to its end. */
function whyItEnded(exit: ExitEvent, timeoutSec: number): string | null {
  const lost = exit.state_lost ? ' Python was restarted: variables are gone, files are kept.' : '';
  switch (exit.outcome) {
    case 'ok':
      return null;
    case 'timeout':
      return `Command timed out after ${timeoutSec} s and was ended.${lost}`;
    case 'interrupted':
      return `It was interrupted.${lost}`;
    case 'died':
      return `${exit.message ?? 'Python ended while this was running.'}${lost}`;
    case 'error':
      return exit.message ?? 'It could not be run.';
  }
}
