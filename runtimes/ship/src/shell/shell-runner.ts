import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecutionRequest, type ShellExecutionRequest } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { type Execution, type Runner } from '../executions/execution.js';
import { childEnvironment, checkEnvironment } from '../processes/environment.js';
import { findProgram, type Launcher } from '../processes/launch.js';
import { type OutputPipe } from '../processes/output-pipe.js';
import { type Session } from '../session/session.js';
import { type Settings } from '../settings.js';
import { ShellRun } from './shell-run.js';
import { workingDirectory } from './working-directory.js';

/** Commands that run at once. The sandbox's limit on processes is reached earlier by most. */
const MAX_RUNNING = 64;
/** Pipes that are still read for processes left in the background; beyond, the oldest get SIGPIPE at their next write. */
const MAX_LINGERING = 128;
/** The kernel takes no argument of 128 KiB; a longer command goes through a file. */
const MAX_ARGUMENT_BYTES = 100_000;

/** Runs shell commands, each in a process tree of its own. */
export class ShellRunner implements Runner {
  private readonly runs = new Map<Execution, ShellRun>();
  private readonly lingering = new Set<OutputPipe>();
  private readonly shell: string;

  constructor(
    private readonly settings: Settings,
    private readonly session: Session,
    private readonly launcher: Launcher,
  ) {
    this.shell = findProgram('bash', settings.path) ?? '/bin/sh';
  }

  async check(request: ExecutionRequest): Promise<void> {
    const { command, env } = shellRequest(request);
    checkEnvironment(env ?? {});
    if (command.includes('\0')) throw new AgentError('invalid_request', 'command: holds a NUL byte.');
  }

  /** @throws AgentError `queue_full` */
  run(execution: Execution): void {
    const request = shellRequest(execution.request);
    if (this.runs.size >= MAX_RUNNING) throw new AgentError('queue_full', `${MAX_RUNNING} commands run already.`);
    const run = new ShellRun(execution, this.session.markFor(execution.id));
    this.runs.set(execution, run);
    this.launch(run, request)
      .catch((error: unknown) => run.fail(error))
      .finally(() => this.runs.delete(execution));
  }

  interrupt(execution: Execution): void {
    this.runs.get(execution)?.interrupt();
  }

  private async launch(run: ShellRun, request: ShellExecutionRequest): Promise<void> {
    const script =
      Buffer.byteLength(request.command) > MAX_ARGUMENT_BYTES
        ? join(this.settings.stateDir, `${request.id}.sh`)
        : undefined;
    if (script) await writeFile(script, request.command, { mode: 0o600 });
    try {
      const launched = await this.launcher.launch({
        command: script ? [this.shell, script] : [this.shell, '-c', request.command],
        cwd: await workingDirectory(this.settings.workspace, request.cwd),
        env: childEnvironment(this.settings, run.mark, this.session.env, request.env ?? {}),
        onOutput: (stream, chunk) => run.execution.output.write(stream, chunk),
      });
      await run.follow(launched);
      this.keepReading(launched.stdout);
      this.keepReading(launched.stderr);
    } finally {
      if (script) await unlink(script);
    }
  }

  private keepReading(pipe: OutputPipe): void {
    pipe.ignore();
    this.lingering.add(pipe);
    pipe.whenClosed(() => this.lingering.delete(pipe));
    for (const oldest of this.lingering) {
      if (this.lingering.size <= MAX_LINGERING) break;
      this.lingering.delete(oldest);
      oldest.destroy();
    }
  }
}

/** The registry gives each runner its own kind. */
function shellRequest(request: ExecutionRequest): ShellExecutionRequest {
  if (request.kind !== 'shell') throw new TypeError(`A ${request.kind} execution came to the shell.`);
  return request;
}
