import { type ExitEvent, type MimeBundle, WORKSPACE_DIR } from '@bay/protocol';
import { Injectable } from '@nestjs/common';
import { type FinishedExecution } from '../../executions/execution-result.js';
import { ExecutionsService } from '../../executions/executions.service.js';
import { parseDto } from '../../http/validation.js';
import { BayError } from '../../shared/errors.js';
import { PythonPayload, ShellPayload } from './code-operations.dto.js';
import { type Operation, type OperationCall, type OperationResult } from './operation.js';
import { shipPath } from './ship-path.js';

/** Of a command that did not end by itself, or never began. */
const NO_EXIT_CODE = -1;
/** To start a process in the background, seconds. */
const BACKGROUND_TIMEOUT_SEC = 30;

/** `ipython/*` and `shell/*`: executions in the older API's words. */
@Injectable()
export class CodeOperations {
  constructor(private readonly executions: ExecutionsService) {}

  readonly python: Operation = async ({ sandbox, sessionId, payload }) => {
    const body = parseDto(PythonPayload, payload, 'body');
    const request = { kind: 'python' as const, code: body.code, timeout_ms: body.timeoutSec * 1000 };
    return pythonResult(body, sessionId, await this.executions.run({ sandbox, request, note: noteOf(body) }));
  };

  /** There is one for each ship, started with it. */
  readonly createKernel: Operation = async ({ sessionId }) => ({
    data: { success: true, kernel_id: sessionId, workspace: WORKSPACE_DIR, message: 'Kernel created successfully' },
  });

  readonly shell: Operation = async (call) => {
    const body = parseDto(ShellPayload, call.payload, 'body');
    const cwd = directory(body, call.sessionId);
    if (cwd instanceof BayError) return failedShell(body, `403: Access denied: ${cwd.message}`);
    return body.background ? this.background(call, body, cwd) : this.foreground(call, body, cwd);
  };

  private async foreground({ sandbox }: OperationCall, body: ShellPayload, cwd: string): Promise<OperationResult> {
    const timeout = { timeout_ms: body.timeoutSec * 1000 };
    const request = { kind: 'shell' as const, command: body.command, env: body.env, cwd, ...timeout };
    const finished = await this.executions.run({ sandbox, request, note: noteOf(body) });
    const { output, exit } = finished;
    const code = exit.outcome === 'ok' ? (exit.exit_code ?? NO_EXIT_CODE) : NO_EXIT_CODE;
    return shellResult(body, finished, {
      code,
      stdout: output.stdout.trim(),
      stderr: output.stderr.trim(),
      error: exit.outcome === 'timeout' ? 'Command timed out' : whyItEnded(exit),
    });
  }

  /** Answers as soon as it runs. What it writes is nobody's: a command that wants to be read writes to a file. */
  private async background(call: OperationCall, body: ShellPayload, cwd: string): Promise<OperationResult> {
    const command = `bash -c ${quoted(body.command)} </dev/null >/dev/null 2>&1 & echo $!`;
    const request = { kind: 'shell' as const, command, env: body.env, cwd, timeout_ms: BACKGROUND_TIMEOUT_SEC * 1000 };
    const finished = await this.executions.run({ sandbox: call.sandbox, request, note: noteOf(body) });
    const pid = Number(finished.output.stdout.trim());
    const isStarted = finished.exit.outcome === 'ok' && Number.isSafeInteger(pid) && pid > 0;
    const error = isStarted ? null : (whyItEnded(finished.exit) ?? finished.output.stderr.trim());
    const processId = finished.id.replace(/^exec-/, '').slice(0, 8);
    return shellResult(body, finished, {
      code: isStarted ? 0 : NO_EXIT_CODE,
      stdout: '',
      stderr: '',
      error,
      ...(isStarted ? { pid, processId } : {}),
    });
  }
}

function pythonResult(
  body: PythonPayload,
  sessionId: string,
  { id, output, exit }: FinishedExecution,
): OperationResult {
  const streams = { stdout: output.stdout.trim(), stderr: output.stderr.trim() };
  const text = body.silent ? [streams.stdout, streams.stderr].filter(Boolean).join('\n') : output.text.trim();
  const timedOut = `Code execution timed out after ${body.timeoutSec} seconds`;
  const error = exit.outcome === 'timeout' ? timedOut : (output.error?.traceback.join('\n') ?? whyItEnded(exit));
  const data = {
    success: exit.outcome === 'ok',
    execution_count: output.executionCount,
    output: { text, images: body.silent ? [] : output.displays.flatMap(picture) },
    error,
    kernel_id: sessionId,
    code: body.code,
    execution_time_ms: Math.round(exit.duration_ms),
    ...streams,
    result: body.silent ? null : textOf(output.displays),
  };
  return { data, executionId: id, aliases: { ...streams, exit_code: data.success ? 0 : 1 } };
}

interface ShellOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string | null;
  readonly pid?: number;
  readonly processId?: string;
}

function shellResult(body: ShellPayload, { id, exit }: FinishedExecution, outcome: ShellOutcome): OperationResult {
  return { ...shellAnswer(body, outcome, Math.round(exit.duration_ms)), executionId: id };
}

const failedShell = (body: ShellPayload, error: string): OperationResult =>
  shellAnswer(body, { code: NO_EXIT_CODE, stdout: '', stderr: '', error }, 0);

function shellAnswer(body: ShellPayload, outcome: ShellOutcome, durationMs: number): OperationResult {
  const { code, stdout, stderr, error, pid = null, processId = null } = outcome;
  return {
    data: {
      success: code === 0,
      return_code: code,
      exit_code: code,
      stdout,
      stderr,
      pid,
      process_id: processId,
      error,
      command: body.command,
      execution_time_ms: durationMs,
    },
    aliases: { stdout, stderr, exit_code: code },
  };
}

/** Relative to the workspace; what leads out of it is answered as a command that failed. */
function directory({ cwd }: ShellPayload, sessionId: string): string | BayError {
  if (cwd === null || cwd === '') return '.';
  try {
    return shipPath(cwd, sessionId, 'cwd');
  } catch (error) {
    if (error instanceof BayError) return error;
    throw error;
  }
}

const noteOf = ({ description, tags }: PythonPayload | ShellPayload) => ({ description, tags });

const quoted = (command: string): string => `'${command.replaceAll("'", `'\\''`)}'`;

function picture(data: MimeBundle): Record<string, string>[] {
  const png = data['image/png'];
  return typeof png === 'string' ? [{ 'image/png': png }] : [];
}

function textOf(displays: readonly MimeBundle[]): string | null {
  const texts = displays.map((data) => data['text/plain']).filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('\n') : null;
}

/** Null when it ran to its end. */
function whyItEnded({ outcome, message, state_lost: isLost }: ExitEvent): string | null {
  if (outcome === 'ok') return null;
  const lost = isLost ? ' Python was restarted: variables are gone, files are kept.' : '';
  return `${message ?? 'It could not be run.'}${lost}`;
}
