import { type Readable } from 'node:stream';
import {
  DirectoryListing,
  ExecutionEvent,
  type ExecutionRequest,
  FileWritten,
  Health,
  type InitRequest,
  InitResponse,
  ROUTES,
  UploadCreated,
} from '@bay/protocol';
import { type Dispatcher, type Pool } from 'undici';
import * as v from 'valibot';
import { type Endpoint } from '../../drivers/driver.js';
import { BayError } from '../../shared/errors.js';
import { AgentConnectionLostError, agentError, AgentUnreachableError } from './agent-errors.js';
import { jsonLines } from './json-lines.js';
import { openPool } from './transport.js';

/** Largest JSON answer of an agent, bytes: a listing of ten thousand entries is about 3 MB. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

export interface FileDownload {
  /** Bytes, as the agent announced them. */
  readonly size: number | null;
  readonly body: Readable;
}

export interface WriteOptions {
  /** Permission bits. Default: those of the file that is replaced, else 0644. */
  readonly mode?: number;
  /** Adds to the end of the file instead of replacing it. Default false. */
  readonly append?: boolean;
}

interface Call {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly json?: unknown;
  readonly body?: Readable | Buffer | string;
  readonly signal: AbortSignal;
}

/** Speaks to the Ship agent of one session. All that comes back is checked against the protocol and bounded. */
export class ShipClient {
  private readonly pool: Pool;

  constructor(
    endpoint: Endpoint,
    private readonly secret: string,
    /** UUID of the session whose agent this is. */
    readonly sessionId: string,
  ) {
    this.pool = openPool(endpoint);
  }

  async health(signal: AbortSignal): Promise<Health> {
    return this.json(Health, { method: 'GET', path: ROUTES.health, signal });
  }

  async init(request: InitRequest, signal: AbortSignal): Promise<InitResponse> {
    return this.json(InitResponse, { method: 'POST', path: ROUTES.init, json: request, signal });
  }

  /** Starts the execution, or attaches to the one that has its id. Ends after the `exit` event or when the stream breaks. */
  async *execute(request: ExecutionRequest, signal: AbortSignal): AsyncGenerator<ExecutionEvent> {
    yield* this.events({ method: 'POST', path: ROUTES.executions, json: request, signal });
  }

  /** Attaches to a known execution behind the event `after`. */
  async *resume(id: string, after: number, signal: AbortSignal): AsyncGenerator<ExecutionEvent> {
    yield* this.events({ method: 'GET', path: `${ROUTES.events(id)}?after=${after}`, signal });
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    await this.discard({ method: 'DELETE', path: ROUTES.execution(id), signal });
  }

  async readFile(path: string, signal: AbortSignal): Promise<FileDownload> {
    const response = await this.send({ method: 'GET', path: withPath(ROUTES.files, path), signal });
    // Readers hear of a failure as they read. Where nobody reads to the end, it must not end the process.
    response.body.on('error', () => undefined);
    const length = Number(response.headers['content-length']);
    return { size: Number.isSafeInteger(length) ? length : null, body: response.body };
  }

  async writeFile(
    path: string,
    content: string | Buffer,
    { signal, mode, append = false }: WriteOptions & { readonly signal: AbortSignal },
  ): Promise<FileWritten> {
    const how = `${append ? '&append=1' : ''}${mode === undefined ? '' : `&mode=${mode}`}`;
    return this.json(FileWritten, { method: 'PUT', path: withPath(ROUTES.files, path) + how, body: content, signal });
  }

  async deleteFile(path: string, signal: AbortSignal): Promise<void> {
    await this.discard({ method: 'DELETE', path: withPath(ROUTES.files, path), signal });
  }

  async listDirectory(
    path: string,
    { signal, hidden = false }: { readonly signal: AbortSignal; readonly hidden?: boolean },
  ): Promise<DirectoryListing> {
    const route = `${withPath(ROUTES.directories, path)}&hidden=${hidden ? 1 : 0}`;
    return this.json(DirectoryListing, { method: 'GET', path: route, signal });
  }

  /** Streams `body` into a temporary file of the workspace; {@link commitUpload} gives it its name. */
  async upload(body: Readable, signal: AbortSignal): Promise<UploadCreated> {
    return this.json(UploadCreated, { method: 'POST', path: ROUTES.uploads, body, signal });
  }

  async commitUpload(id: string, path: string, signal: AbortSignal): Promise<FileWritten> {
    return this.json(FileWritten, { method: 'PUT', path: withPath(ROUTES.upload(id), path), signal });
  }

  async dropUpload(id: string, signal: AbortSignal): Promise<void> {
    await this.discard({ method: 'DELETE', path: ROUTES.upload(id), signal });
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async *events(call: Call): AsyncGenerator<ExecutionEvent> {
    const response = await this.send(call);
    for await (const line of jsonLines(response.body)) {
      const event = v.safeParse(ExecutionEvent, line);
      if (!event.success) throw new BayError('ship_error', 'The agent sent an event that the protocol does not know.');
      yield event.output;
    }
  }

  private async json<TSchema extends v.GenericSchema>(schema: TSchema, call: Call): Promise<v.InferOutput<TSchema>> {
    const response = await this.send(call);
    const parsed = v.safeParse(schema, await readJson(response.body));
    if (!parsed.success) throw new BayError('ship_error', 'The agent answered with something unexpected.');
    return parsed.output;
  }

  private async discard(call: Call): Promise<void> {
    const response = await this.send(call);
    await response.body.dump();
  }

  /**
   * Throws the agent's refusal as an error, {@link AgentUnreachableError} when nothing could be sent, and
   * {@link AgentConnectionLostError} when it may have been.
   */
  private async send(call: Call): Promise<Dispatcher.ResponseData> {
    const response = await this.request(call);
    if (response.statusCode < 300) return response;
    throw agentError(response.statusCode, await readJson(response.body).catch(() => null));
  }

  private async request({ method, path, json, body, signal }: Call): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.secret}` };
    if (json !== undefined) headers['content-type'] = 'application/json';
    try {
      return await this.pool.request({
        method,
        path,
        headers,
        signal,
        body: json === undefined ? (body ?? null) : JSON.stringify(json),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AgentUnreachableError ? error : new AgentConnectionLostError(error);
    }
  }
}

const withPath = (route: string, path: string): string => `${route}?path=${encodeURIComponent(path)}`;

async function readJson(body: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_JSON_BYTES) throw new BayError('ship_error', 'The agent sent an answer that is too large.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new BayError('ship_error', 'The agent sent something that is not JSON.', { cause });
  }
}
