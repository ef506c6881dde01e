import { Agent } from 'node:http';
import { statfs } from 'node:fs/promises';
import Docker from 'dockerode';
import * as v from 'valibot';
import {
  type CalledEngine,
  diskFull,
  engineError,
  type EngineProgram,
  statusOf,
  unavailable,
} from './engine-errors.js';

/** Ordinary calls take milliseconds; an engine that needs longer than this is as good as gone. */
const DEADLINE_MS = 30_000;
/** Parallel calls on the engine; more wait their turn. A stop holds one for its whole grace. */
const CONNECTIONS = 64;
/** With less than this left on the engine's disk, what it could not do it could not do for want of space. */
const FULL_BELOW_BYTES = 16 * 1024 * 1024;

/** Of an engine that is reached without TLS, where the address names none. */
const DEFAULT_PORT = 2375;

/** What the engine tells about itself: the part that decides how containers are made. */
const EngineInfo = v.object({
  ServerVersion: v.optional(v.string(), 'unknown'),
  OperatingSystem: v.optional(v.string(), ''),
  CgroupVersion: v.optional(v.string(), '1'),
  DockerRootDir: v.optional(v.string(), ''),
  MemoryLimit: v.optional(v.boolean(), false),
  PidsLimit: v.optional(v.boolean(), false),
  CpuCfsQuota: v.optional(v.boolean(), false),
  /** `name=seccomp,profile=default`, `name=rootless`, … */
  SecurityOptions: v.optional(v.nullable(v.array(v.string())), []),
});
export type EngineInfo = v.InferOutput<typeof EngineInfo>;

export const hasSecurityOption = (info: EngineInfo, name: string): boolean =>
  (info.SecurityOptions ?? []).some((option) => option.split(',').includes(`name=${name}`));

export const isRootless = (info: EngineInfo): boolean => hasSecurityOption(info, 'rootless');

export interface Call<Other> {
  /** Completes "The engine could not …". */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Default 30 s. */
  readonly deadlineMs?: number;
  /** Statuses that are answers here, not errors. */
  readonly on?: Readonly<Record<number, (error: unknown) => Other>>;
}

/** Speaks to one engine: every call has a deadline, ends when its signal aborts, and fails with a code that Bay knows. */
export class EngineClient implements CalledEngine {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private readonly docker: Docker;
  private known: EngineInfo | null = null;

  /** @param address `unix:///var/run/docker.sock` or `tcp://host:port` */
  constructor(
    readonly address: string,
    readonly program: EngineProgram = 'docker',
  ) {
    // The client's types lack the agent, which it hands to Node as it is.
    const options: Docker.DockerOptions & { agent: Agent } = { ...connection(address), agent: this.agent };
    this.docker = new Docker(options);
  }

  /** Calls the engine. `request` hands the signal that it gets to the engine's client. */
  async call<T, Other = never>(
    { what, signal, deadlineMs = DEADLINE_MS, on }: Call<Other>,
    request: (docker: Docker, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T | Other> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(deadlineMs);
    const either = AbortSignal.any([signal, deadline]);
    try {
      return await settledOrAborted(request(this.docker, either), either);
    } catch (error) {
      signal.throwIfAborted();
      if (await this.isFull(error)) throw diskFull(error);
      const answer = on?.[statusOf(error) ?? 0];
      if (answer) return answer(error);
      if (deadline.aborted)
        throw unavailable(`The engine at ${this.address} took too long to ${what}.`, { cause: error });
      throw engineError(this, what, error);
    }
  }

  /** Asks once; an engine keeps its nature while it runs, and Bay notices a restart by nothing but these facts. */
  async info(signal: AbortSignal): Promise<EngineInfo> {
    return (this.known ??= await this.freshInfo(signal));
  }

  async freshInfo(signal: AbortSignal, deadlineMs = DEADLINE_MS): Promise<EngineInfo> {
    const info = await this.call({ what: 'describe itself', signal, deadlineMs }, async (docker, abortSignal) => {
      // The client's types lack the options of this one call.
      const ask = docker.info.bind(docker) as (options: { abortSignal: AbortSignal }) => Promise<unknown>;
      const answer = v.safeParse(EngineInfo, await ask({ abortSignal }));
      if (answer.success) return answer.output;
      throw unavailable(`What answers at ${this.address} is not an engine that Bay knows.`);
    });
    this.known = info;
    return info;
  }

  close(): void {
    this.agent.destroy();
  }

  /** The engine says 500 for a full disk as for anything else: look at the disk itself, where it is this machine's. */
  private async isFull(error: unknown): Promise<boolean> {
    if (statusOf(error) !== 500 || !this.known?.DockerRootDir || !this.address.startsWith('unix://')) return false;
    const disk = await statfs(this.known.DockerRootDir).catch(() => null);
    return disk !== null && disk.bavail * disk.bsize < FULL_BELOW_BYTES;
  }
}

/** Ends with the work or with the signal. The engine's client ends a call by itself only where it waits for an answer. */
export async function settledOrAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** All that decides where the client connects is said here: it would take the rest from the process's environment. */
function connection(address: string): Docker.DockerOptions {
  if (address.startsWith('unix://')) {
    return { host: undefined, socketPath: address.slice('unix://'.length), protocol: 'http' };
  }
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url && (url.protocol === 'tcp:' || url.protocol === 'http:')) {
    return { host: url.hostname, port: url.port || DEFAULT_PORT, protocol: 'http' };
  }
  throw unavailable(`${address} is no address of an engine. Use unix:///path/to/socket or tcp://host:port.`);
}
