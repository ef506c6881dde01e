import { type Socket } from 'node:net';
import * as v from 'valibot';
import { childEnvironment } from '../processes/environment.js';
import { exitCodeOf, type Launched, type Launcher } from '../processes/launch.js';
import { interruptDescendants, killTree, signal, type ProcessTree } from '../processes/process-tree.js';
import { type Settings } from '../settings.js';
import { HostMessage, type AgentMessage } from './host-messages.js';
import { BrokenChannel, JsonLines } from './json-lines.js';

/** The interpreter's start imports IPython from a disk that may be cold. */
const START_DEADLINE_MS = 60_000;

export interface HostEvents {
  onMessage(message: HostMessage): void;
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  /** The process has ended and all its output was delivered. Called once. */
  onEnd(exitCode: number | null): void;
}

export interface HostOptions {
  settings: Settings;
  launcher: Launcher;
  /** `start.py`. */
  script: string;
  mark: string;
}

/** One process of the interpreter. When it ends, or breaks the protocol, its whole tree is ended, and that is its end. */
export class PythonHost {
  private launched: Launched | undefined;
  private pid: number | undefined;
  private ending = false;
  private readonly unsent: AgentMessage[] = [];

  private constructor(
    private readonly mark: string,
    private readonly events: HostEvents,
  ) {}

  static start({ settings, launcher, mark, ...options }: HostOptions, events: HostEvents): PythonHost {
    const host = new PythonHost(mark, events);
    launcher
      .launch({
        command: [settings.python, options.script, settings.stateDir],
        cwd: settings.workspace,
        env: childEnvironment(settings, mark),
        withChannel: true,
        onOutput: events.onOutput,
      })
      .then(
        (launched) => host.attach(launched),
        () => events.onEnd(null),
      );
    return host;
  }

  get isReady(): boolean {
    return this.pid !== undefined && !this.ending;
  }

  /** Whether it came as far as to take cells. */
  get wasReady(): boolean {
    return this.pid !== undefined;
  }

  send(message: AgentMessage): void {
    if (this.launched) this.channel.write(`${JSON.stringify(message)}\n`);
    else this.unsent.push(message);
  }

  /** Delivers the output that was written before the message at hand. */
  drain(): void {
    this.launched?.stdout.drain();
    this.launched?.stderr.drain();
  }

  /** SIGINT to the interpreter and to what was started in the last `cellMs`: Ctrl-C at a terminal, but older servers live on. */
  interrupt(cellMs: number): void {
    const root = this.launched?.child.pid;
    if (!this.pid || !root) return;
    interruptDescendants([root, this.pid], cellMs);
    signal(this.pid, 'SIGINT');
  }

  /** Ends the tree. `onEnd` follows. */
  kill(): void {
    this.ending = true;
    if (this.tree) void killTree(this.tree);
  }

  get tree(): ProcessTree | undefined {
    const root = this.launched?.child.pid;
    return root ? { root, mark: this.mark } : undefined;
  }

  private get channel(): Socket {
    return this.launched?.child.stdio[3] as Socket;
  }

  private attach(launched: Launched): void {
    this.launched = launched;
    const deadline = setTimeout(() => this.kill(), START_DEADLINE_MS);
    const lines = new JsonLines((value) => this.receive(value, deadline));
    this.channel.on('data', (chunk: Buffer) => {
      try {
        lines.write(chunk);
      } catch (error) {
        // A cell wrote into the channel: nothing that follows can be trusted.
        if (!(error instanceof BrokenChannel)) throw error;
        this.kill();
      }
    });
    this.channel.on('error', () => this.kill());
    this.channel.once('close', () => this.kill());
    launched.child.once('error', () => this.finish(null, deadline));
    launched.child.once('exit', (code, signalName) => this.finish(exitCodeOf(code, signalName), deadline));
    if (this.ending) this.kill();
    for (const message of this.unsent.splice(0)) this.send(message);
  }

  private receive(value: unknown, deadline: NodeJS.Timeout): void {
    if (this.ending) return;
    const { success, output: message } = v.safeParse(HostMessage, value);
    if (!success || (message.type === 'ready') === this.isReady) throw new BrokenChannel('An unexpected message.');
    if (message.type === 'ready') {
      clearTimeout(deadline);
      this.pid = message.pid;
    }
    this.events.onMessage(message);
  }

  private finish(exitCode: number | null, deadline: NodeJS.Timeout): void {
    clearTimeout(deadline);
    this.ending = true;
    const whenGone = this.tree ? killTree(this.tree) : Promise.resolve(true);
    void whenGone.then(() => {
      this.drain();
      this.launched?.stdout.destroy();
      this.launched?.stderr.destroy();
      this.events.onEnd(exitCode);
    });
  }
}
