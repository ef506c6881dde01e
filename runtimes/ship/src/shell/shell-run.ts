import { type ExecutionOutcome } from '@bay/protocol';
import { type Execution } from '../executions/execution.js';
import { AgentError } from '../http/errors.js';
import { exitCodeOf, type Launched } from '../processes/launch.js';
import { killTree, signal } from '../processes/process-tree.js';

/** How long an interrupted command may take to end by itself. */
const GRACE_MS = 2_000;

/** One command from its start to its end. */
export class ShellRun {
  private launched: Launched | undefined;
  private timer: NodeJS.Timeout | undefined;
  private outcome: ExecutionOutcome = 'ok';
  private cleanup: Promise<boolean> | undefined;

  constructor(
    readonly execution: Execution,
    readonly mark: string,
  ) {}

  /** Resolves when the first process has ended; what it left in the background is none of the call's business. */
  async follow(launched: Launched): Promise<void> {
    const { child, stdout, stderr } = launched;
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signalName) => resolve(exitCodeOf(code, signalName)));
    });
    this.launched = launched;
    this.execution.start(null);
    if (this.outcome === 'interrupted') this.interrupt();
    const deadline = setTimeout(() => this.kill('timeout'), this.execution.request.timeout_ms);
    try {
      const exitCode = await exited;
      await this.cleanup;
      stdout.drain();
      stderr.drain();
      this.execution.end({ outcome: this.outcome, exitCode, message: this.explain() });
    } finally {
      clearTimeout(deadline);
      clearTimeout(this.timer);
    }
  }

  /** The command could not be started. */
  fail(error: unknown): void {
    this.launched?.stdout.destroy();
    this.launched?.stderr.destroy();
    const reason = error instanceof AgentError ? error.message : String(error);
    this.execution.end({ outcome: 'error', message: `The command could not be started: ${reason}` });
  }

  /** SIGINT to what runs in the foreground, SIGKILL to the tree when that does not help. */
  interrupt(): void {
    if (this.timer) return;
    this.outcome = 'interrupted';
    const root = this.launched?.child.pid;
    if (!root) return;
    // The group of the command, or of tini, which hands it on to the command's.
    signal(-root, 'SIGINT');
    this.timer = setTimeout(() => this.kill('interrupted'), GRACE_MS);
  }

  private kill(outcome: ExecutionOutcome): void {
    const root = this.launched?.child.pid;
    if (!root) return;
    if (this.outcome === 'ok') this.outcome = outcome;
    this.cleanup ??= killTree({ root, mark: this.mark });
  }

  private explain(): string | null {
    if (this.outcome === 'timeout') return `The command was ended after ${this.execution.request.timeout_ms} ms.`;
    return this.outcome === 'interrupted' ? 'The command was interrupted.' : null;
  }
}
