import { type MimeBundle } from '@bay/protocol';
import { type FinishedExecution, resultOf } from '../executions/execution-result.js';
import { type PythonExecDto, type PythonExecView, type ShellExecDto, type ShellExecView } from './execution.dto.js';

export function pythonView(body: PythonExecDto, finished: FinishedExecution): PythonExecView {
  const { success, output: text, error } = resultOf(finished);
  const { id, output, exit, durationMs } = finished;
  return {
    success,
    output: text,
    error,
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

export function shellView(body: ShellExecDto, finished: FinishedExecution): ShellExecView {
  const { success, output, error, exitCode } = resultOf(finished);
  return {
    success,
    output,
    error,
    exit_code: exitCode,
    execution_id: finished.id,
    execution_time_ms: finished.durationMs,
    command: body.command,
    truncated: finished.output.truncated,
  };
}

function picture(data: MimeBundle): Record<string, string>[] {
  const png = data['image/png'];
  return typeof png === 'string' ? [{ 'image/png': png }] : [];
}
