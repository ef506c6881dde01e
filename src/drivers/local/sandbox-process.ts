import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { TOOL_ENVIRONMENT } from './host-tools.js';
import { coverInherited, inheritedDescriptors } from './inherited-descriptors.js';
import { identify, readProc, readStat, type ProcessIdentity } from './process-identity.js';
import { orAborted, waitUntil } from './waiting.js';

export interface BwrapCall {
  readonly bwrap: string;
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** By which the process is found on the host. */
  readonly marker: Readonly<Record<string, string>>;
  /** Taken for a moment to hand the options over. */
  readonly argumentsFile: string;
  readonly logFile: string;
  /** bwrap writes the exit code here, whether Bay lives or not. */
  readonly statusFile: string;
  readonly seccompFile: string | null;
}

const ARGUMENTS = 3;
const INFO = 4;
const BLOCK = 5;
const LIFELINE = 6;
const STATUS = 7;
const SECCOMP = 8;

const AGENT_WITHIN_MS = 10_000;
const MOST_INFO_BYTES = 4096;
/** Names of what runs between bwrap's fork and the agent itself. */
const BEFORE_AGENT = new Set(['bwrap', 'prlimit', 'setpriv']);

/** A sandbox that was set up and waits: nothing in it runs before `release`. It does not end with Bay. */
export class SandboxProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly init: ProcessIdentity,
  ) {}

  static async spawn(call: BwrapCall, signal: AbortSignal): Promise<SandboxProcess> {
    const child = spawnBwrap(call);
    try {
      const init = await orAborted(readInit(child), signal);
      return new SandboxProcess(child, init);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Closes when the sandbox's last process has ended. */
  get lifeline(): Duplex {
    return pipeOf(this.child, LIFELINE);
  }

  /** Settles with bwrap's exit code, which is the agent's. */
  get exited(): Promise<number | null> {
    return this.child.exitCode !== null
      ? Promise.resolve(this.child.exitCode)
      : once(this.child, 'exit').then(([code]) => code as number | null);
  }

  /** Bay keeps nothing of it: neither a descriptor, nor a reason to live. */
  letGo(): void {
    this.lifeline.destroy();
    this.child.unref();
  }

  /** Lets it run; returns when bwrap has done all of its own work, the loopback interface included. Throws when it cannot. */
  async release(signal: AbortSignal): Promise<void> {
    pipeOf(this.child, BLOCK).end('x');
    const isSetUp = (): boolean => childrenOf(this.init.pid).length > 0 || this.hasEnded;
    await waitUntil(isSetUp, { withinMs: AGENT_WITHIN_MS, signal });
    if (this.hasEnded) throw new Error(`bwrap ended with ${String(this.child.exitCode)} before the sandbox was there.`);
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until the agent itself runs, behind all that prepares it; throws when it ended before. */
  async agent(signal: AbortSignal): Promise<ProcessIdentity> {
    let found: ProcessIdentity | null = null;
    const isThere = (): boolean => {
      found = findAgent(this.init.pid);
      return found !== null || this.hasEnded;
    };
    await waitUntil(isThere, { withinMs: AGENT_WITHIN_MS, signal });
    if (found === null) throw new Error(`bwrap ended with ${String(this.child.exitCode)} before the agent ran.`);
    return found;
  }
}

const spawnBwrap = (call: BwrapCall): ChildProcess => {
  // A file and not a pipe: whole before bwrap starts, even if Bay dies now.
  writeFileSync(call.argumentsFile, call.options.map((option) => `${option}\0`).join(''), { mode: 0o600 });
  const opened: number[] = [];
  const open = (path: string, flags: string): number => {
    const descriptor = openSync(path, flags, 0o600);
    opened.push(descriptor);
    return descriptor;
  };
  try {
    const options = open(call.argumentsFile, 'r');
    const log = open(call.logFile, 'a');
    const status = open(call.statusFile, 'w');
    const seccomp = call.seccompFile === null ? [] : [open(call.seccompFile, 'r')];
    const nothing = open('/dev/null', 'r');
    const stdio = ['ignore' as const, log, log, options, 'pipe' as const, 'pipe' as const, 'pipe' as const, status];
    const child = spawn(call.bwrap, bwrapArguments(call), {
      detached: true,
      cwd: '/',
      env: { ...TOOL_ENVIRONMENT, ...call.marker },
      stdio: coverInherited([...stdio, ...seccomp], inherited(), nothing),
    });
    return child;
  } finally {
    opened.forEach((descriptor) => closeSync(descriptor));
    rmSync(call.argumentsFile, { force: true });
  }
};

let known: readonly number[] | null = null;
/** Read once: what Node itself opens later is closed for children. */
const inherited = (): readonly number[] => (known ??= inheritedDescriptors());

const bwrapArguments = ({ seccompFile, command }: BwrapCall): string[] => [
  ...['--args', String(ARGUMENTS), '--info-fd', String(INFO), '--block-fd', String(BLOCK)],
  ...['--sync-fd', String(LIFELINE), '--json-status-fd', String(STATUS)],
  ...(seccompFile === null ? [] : ['--seccomp', String(SECCOMP)]),
  ...['--', ...command],
];

/** Node's types know five descriptors; `spawn` was given a pipe at this one. */
const pipeOf = (child: ChildProcess, descriptor: number): Duplex =>
  (child.stdio as readonly unknown[])[descriptor] as Duplex;

/** bwrap says in JSON, in pieces, which process is the sandbox's first. */
const readInit = async (child: ChildProcess): Promise<ProcessIdentity> => {
  const pipe = pipeOf(child, INFO);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`bwrap ended with ${String(code)} before the sandbox was there.`);
  });
  const info = (async () => {
    let text = '';
    for await (const piece of pipe) {
      text += String(piece);
      if (text.includes('}') || text.length > MOST_INFO_BYTES) break;
    }
    const { 'child-pid': pid } = JSON.parse(text) as { 'child-pid': number };
    const init = identify(pid);
    if (init === null) throw new Error('The sandbox ended while it was made.');
    return init;
  })();
  // An empty pipe means that bwrap is ending: its exit code says more.
  return Promise.race([failed, info.catch(() => failed)]);
};

const childrenOf = (pid: number): number[] =>
  (readProc(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);

/** The init's child that is the second process of the namespace, once it has become the agent. */
const findAgent = (init: number): ProcessIdentity | null => {
  const agent = childrenOf(init).find((pid) => /^NSpid:.*\s2$/m.test(readProc(`/proc/${pid}/status`) ?? ''));
  if (agent === undefined || BEFORE_AGENT.has((readProc(`/proc/${agent}/comm`) ?? 'bwrap').trim())) return null;
  const stat = readStat(agent);
  return stat?.parent === init ? { pid: agent, startTicks: stat.startTicks } : null;
};
