import { type ContainerCreateOptions, type ContainerInfo, type ContainerInspectInfo } from 'dockerode';
import { BayError } from '../../shared/errors.js';
import { type EngineClient } from './engine-client.js';
import { engineError, statusOf } from './engine-errors.js';
import { type EngineLabels, holds, installationLabels, labelFilter } from './labels.js';

/** The engine pulls layers apart and starts a process: slow under load, never this slow. */
const START_DEADLINE_MS = 120_000;
/** What a stop or a removal takes beyond its grace. */
const END_DEADLINE_MS = 60_000;
/** Lines are cut by the engine at 16 KiB; the log's own bound keeps their sum small. */
const LOG_LINES = 10_000;

const fine = (): undefined => undefined;

/** Single containers on the engine, by its ids. Containers of another installation are as good as absent. */
export class EngineContainers {
  private readonly own: EngineLabels;

  constructor(
    private readonly engine: EngineClient,
    installationId: string,
  ) {
    this.own = installationLabels(installationId);
  }

  /** Makes the container, or answers the one that has its name and labels already. */
  async ensure(options: ContainerCreateOptions & { name: string }, signal: AbortSignal): Promise<string> {
    // A name that is taken is 409 on Docker. Podman 4 says 500, as for anything that it could not do.
    const refused = (cause: unknown): Refused => ({ cause });
    const made = await this.make(options, signal, { 409: refused, 500: refused });
    return typeof made === 'string' ? made : await this.adopt(options, made, signal);
  }

  async create(options: ContainerCreateOptions, signal: AbortSignal): Promise<string> {
    return this.make(options, signal, {});
  }

  /** Null when it is absent. */
  async inspect(id: string, signal: AbortSignal): Promise<ContainerInspectInfo | null> {
    const container = await this.engine.call<ContainerInspectInfo, null>(
      { what: 'inspect a container', signal, on: { 404: () => null } },
      (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
    );
    return container && holds(container.Config.Labels, this.own) ? container : null;
  }

  async list(labels: EngineLabels, signal: AbortSignal): Promise<ContainerInfo[]> {
    const filters = labelFilter({ ...labels, ...this.own });
    return this.engine.call({ what: 'list containers', signal }, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
  }

  async putArchive(id: string, archive: Buffer, signal: AbortSignal): Promise<void> {
    await this.engine.call({ what: 'copy into a container', signal }, (docker, abortSignal) =>
      docker.getContainer(id).putArchive(archive, { path: '/', abortSignal }),
    );
  }

  /** Throws `start_failed` when the engine cannot: the container is gone, its network is, or its command does not run. */
  async start(id: string, signal: AbortSignal): Promise<void> {
    const failed = (cause: unknown): never => {
      throw new BayError('start_failed', `The engine could not start the sandbox (status ${statusOf(cause)}).`, {
        cause,
      });
    };
    await this.engine.call(
      {
        what: 'start a container',
        signal,
        deadlineMs: START_DEADLINE_MS,
        on: { 304: fine, 400: failed, 404: failed, 409: failed, 500: failed },
      },
      (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }) as Promise<unknown>,
    );
  }

  /** Whatever it does meanwhile, it is not paused any more, or the next call says what is wrong. */
  async unpause(id: string, signal: AbortSignal): Promise<void> {
    await this.engine.call(
      { what: 'let a container go on', signal, on: { 404: fine, 409: fine, 500: fine } },
      (docker, abortSignal) => docker.getContainer(id).unpause({ abortSignal }) as Promise<unknown>,
    );
  }

  async stop(id: string, graceMs: number, signal: AbortSignal): Promise<void> {
    await this.engine.call(
      { what: 'stop a container', signal, deadlineMs: graceMs + END_DEADLINE_MS, on: { 304: fine, 404: fine } },
      (docker, abortSignal) =>
        docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000), abortSignal }) as Promise<unknown>,
    );
  }

  /** Returns when it is gone, whoever removed it. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const removed = await this.engine.call<boolean, boolean>(
      {
        what: 'remove a container',
        signal,
        deadlineMs: END_DEADLINE_MS,
        // 409: somebody else is removing it.
        on: { 404: () => true, 409: () => false },
      },
      async (docker, abortSignal) => {
        // With the anonymous volumes that its image declares; workspaces have names and stay.
        await docker.getContainer(id).remove({ force: true, v: true, abortSignal });
        return true;
      },
    );
    if (removed) return;
    await this.engine.call(
      { what: 'remove a container', signal, deadlineMs: END_DEADLINE_MS, on: { 404: fine } },
      (docker, abortSignal) => docker.getContainer(id).wait({ condition: 'removed', abortSignal }) as Promise<unknown>,
    );
  }

  /** What it uses now, as the engine says it; null when it is absent. Without `one-shot` the engine would wait a second. */
  async stats(id: string, signal: AbortSignal): Promise<unknown> {
    return this.engine.call<unknown, null>(
      { what: 'measure a container', signal, on: { 404: () => null } },
      (docker, abortSignal) => {
        // The client's types lack the signal of this one call.
        const options: { 'one-shot': boolean; abortSignal: AbortSignal } = { 'one-shot': true, abortSignal };
        return docker.getContainer(id).stats({ stream: false, ...options });
      },
    );
  }

  /** Output and errors as they came, in the engine's frames. */
  async logs(id: string, signal: AbortSignal): Promise<Buffer | null> {
    return this.engine.call<Buffer, null>(
      { what: 'read a log', signal, on: { 404: () => null } },
      (docker, abortSignal) =>
        docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false, tail: LOG_LINES, abortSignal }),
    );
  }

  private make<Other = never>(
    options: ContainerCreateOptions,
    signal: AbortSignal,
    on: Readonly<Record<number, (cause: unknown) => Other>>,
  ): Promise<string | Other> {
    const missing = (cause: unknown): never => {
      throw this.imageMissing(options.Image ?? '', cause);
    };
    return this.engine.call<string, Other>(
      { what: 'make a container', signal, deadlineMs: START_DEADLINE_MS, on: { ...on, 404: missing } },
      async (docker, abortSignal) => (await docker.createContainer({ ...options, abortSignal })).id,
    );
  }

  private async adopt(
    options: ContainerCreateOptions & { name: string },
    { cause }: Refused,
    signal: AbortSignal,
  ): Promise<string> {
    const existing = await this.inspect(options.name, signal);
    if (existing && holds(existing.Config.Labels, options.Labels ?? {})) return existing.Id;
    if (statusOf(cause) === 500) throw engineError(this.engine, 'make a container', cause);
    throw new BayError('conflict', `The name ${options.name} is taken on this engine by a container of somebody else.`);
  }

  /** Bay builds its own images; everything else comes from where it came from. */
  private imageMissing(image: string, cause: unknown): BayError {
    const command = /^ship(:|$)/.test(image) ? './bay up' : `${this.engine.program} pull ${image}`;
    const sentence = `The image ${image} is not on this engine. Get it with: ${command}`;
    return new BayError('image_missing', sentence, { details: { image, command }, cause });
  }
}

/** What the engine said instead of making a container. */
interface Refused {
  readonly cause: unknown;
}
