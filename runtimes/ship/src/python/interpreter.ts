import { type ExecutionRequest, type Health } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { type Execution, type Runner } from '../executions/execution.js';
import { type Launcher } from '../processes/launch.js';
import { type Session } from '../session/session.js';
import { type Settings } from '../settings.js';
import { Cell } from './cell.js';
import { type HostMessage } from './host-messages.js';
import { PythonHost } from './python-host.js';
import { StrayOutput } from './stray-output.js';

/** Cells that wait behind the running one. */
export const MAX_WAITING = 32;

/**
 * The sandbox's Python: one interpreter, one cell at a time, first in, first out. An interpreter that ends takes its cell
 * with it and is replaced at once; one that ended before it was ready is tried again at the next cell.
 */
export class Interpreter implements Runner {
  private host: PythonHost | undefined;
  private generation = 0;
  private readonly waiting: Execution[] = [];
  private cell: Cell | undefined;
  /** Of the running cell, or of the last one: the number in `In[n]`. */
  private executionCount = 0;
  /** An interpreter that had run cells ended between two of them; the next cell says so. */
  private hasLostState = false;
  private readonly stray = new StrayOutput();
  private isClosed = false;

  constructor(
    private readonly settings: Settings,
    private readonly hostScript: string,
    private readonly session: Session,
    private readonly launcher: Launcher,
  ) {}

  get status(): Health['python'] {
    if (!this.host) return 'stopped';
    return this.host.isReady ? 'ready' : 'starting';
  }

  /** Starts the interpreter ahead of the first cell. */
  start(): void {
    if (this.host || this.isClosed) return;
    this.generation += 1;
    const mark = this.session.markFor(`python-${this.generation}`);
    this.host = PythonHost.start(
      { settings: this.settings, launcher: this.launcher, script: this.hostScript, mark },
      {
        onMessage: (message) => this.receive(message),
        onOutput: (stream, chunk) => (this.cell?.execution.output ?? this.stray).write(stream, chunk),
        onEnd: (exitCode) => this.ended(exitCode),
      },
    );
    if (this.session.isInitialized) this.deliverInit();
  }

  /** Gives a running interpreter its environment. */
  deliverInit(): void {
    this.host?.send({ type: 'init', env: this.session.env, cwd: this.settings.workspace });
  }

  /** Ends it for good. */
  close(): void {
    this.isClosed = true;
    this.host?.kill();
  }

  async check(request: ExecutionRequest): Promise<void> {
    if (request.kind !== 'python') throw new TypeError(`A ${request.kind} execution came to Python.`);
  }

  /** @throws AgentError `queue_full` */
  run(execution: Execution): void {
    if (this.waiting.length >= MAX_WAITING) throw new AgentError('queue_full', `${MAX_WAITING} cells wait already.`);
    this.waiting.push(execution);
    this.start();
    this.runNext();
  }

  interrupt(execution: Execution): void {
    if (this.cell?.execution === execution) return this.cell.interrupt('interrupted');
    const place = this.waiting.indexOf(execution);
    if (place < 0) return;
    this.waiting.splice(place, 1);
    execution.end({ outcome: 'interrupted', message: 'The cell was taken out of the queue.' });
  }

  private runNext(): void {
    if (this.cell || !this.host?.isReady) return;
    const execution = this.waiting.shift();
    if (!execution) return;
    this.executionCount += 1;
    this.cell = new Cell(execution, this.host, { executionCount: this.executionCount, stateLost: this.hasLostState });
    this.hasLostState = false;
    this.cell.begin();
    this.stray.moveTo(execution.output);
  }

  private receive(message: HostMessage): void {
    this.host?.drain();
    if (message.type === 'ready') {
      this.stray.clear();
      this.executionCount = 0;
      this.runNext();
    } else if (message.type === 'done') {
      const cell = this.cell;
      this.cell = undefined;
      cell?.done(message.ok);
      this.runNext();
    } else {
      this.pass(message);
    }
  }

  /** A display of a background thread between two cells has nobody to see it. */
  private pass(message: Extract<HostMessage, { ack: boolean }>): void {
    const { ack, ...event } = message;
    this.cell?.execution.output.add(
      event.type === 'result' ? { ...event, execution_count: this.executionCount } : event,
    );
    if (ack) this.host?.send({ type: 'ack' });
  }

  private ended(exitCode: number | null): void {
    const wasReady = this.host?.wasReady ?? false;
    this.host = undefined;
    const cell = this.cell;
    this.cell = undefined;
    if (cell) cell.died(exitCode);
    else if (this.executionCount > 0) this.hasLostState = true;
    if (wasReady) return this.start();
    // It cannot start: trying on without anyone asking would only burn the processor.
    const said = this.stray.text().trim();
    const message = `Python could not be started (${this.settings.python}, exit code ${exitCode ?? 'none'})${said ? `: ${said}` : '.'}`;
    for (const execution of this.waiting.splice(0)) execution.end({ outcome: 'died', stateLost: true, message });
    this.stray.clear();
  }
}
