import { type Readable } from 'node:stream';
import { Agent, type FormData, request } from 'undici';

/** What every error of `/v1` looks like on the wire. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly request_id: string;
    readonly details: Readonly<Record<string, unknown>>;
    readonly retryable?: true;
  };
}

export interface SandboxBody {
  readonly id: string;
  readonly status: 'idle' | 'starting' | 'ready' | 'failed' | 'expired';
  readonly profile: string;
  readonly cargo_id: string;
  readonly capabilities: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly idle_expires_at: string | null;
  readonly containers: readonly Readonly<Record<string, unknown>>[] | null;
}

export interface PoolBody {
  readonly profile: string;
  readonly size: number;
  readonly ready: number;
  readonly starting: number;
  readonly failures: number;
  readonly next_try_at: string | null;
}

export interface PythonBody {
  readonly success: boolean;
  readonly output: string;
  readonly error: string | null;
  readonly data: {
    readonly execution_count: number | null;
    readonly output: {
      readonly text: string;
      readonly images: readonly Readonly<Record<string, string>>[];
      readonly displays: readonly Readonly<Record<string, unknown>>[];
    };
  };
  readonly execution_id: string;
  readonly execution_time_ms: number;
  readonly code: string | null;
  readonly state_lost: boolean;
}

export interface ShellBody {
  readonly success: boolean;
  readonly output: string;
  readonly error: string | null;
  readonly exit_code: number;
  readonly execution_id: string;
  readonly execution_time_ms: number;
  readonly command: string;
}

export interface FileEntry {
  readonly name: string;
  readonly path: string;
  readonly is_file: boolean;
  readonly is_dir: boolean;
  readonly size: number | null;
  readonly modified_time: number;
}

export interface UploadBody {
  readonly status: 'ok';
  readonly path: string;
  readonly size: number;
}

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed when the answer is JSON, else the text; null when there is none. */
  readonly body: T;
}

export interface Call {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Buffer | Readable | FormData;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Far above the longest start plus the longest run of any test, ms. */
const PATIENCE_MS = 120_000;

/** The key's part of a call; `null` sends none. */
type Key = string | null;

/** `/v1` as a client speaks it. `call` answers whatever came; the named methods throw unless the call succeeded. */
export class ApiClient {
  private readonly agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });

  constructor(
    readonly url: string,
    readonly key: Key,
  ) {}

  async call<T = unknown>(method: string, path: string, call: Call = {}): Promise<Answer<T>> {
    const { statusCode, headers, body } = await this.send(method, path, call);
    const text = await body.text();
    const isJson = String(headers['content-type'] ?? '').startsWith('application/json');
    return { status: statusCode, headers, body: (text === '' ? null : isJson ? JSON.parse(text) : text) as T };
  }

  create(body: Readonly<Record<string, unknown>> = {}): Promise<SandboxBody> {
    return this.expect(201, 'POST', '/v1/sandboxes', { json: body });
  }

  get(id: string): Promise<SandboxBody> {
    return this.expect(200, 'GET', `/v1/sandboxes/${id}`);
  }

  list(query: Call['query'] = {}): Promise<{ items: SandboxBody[]; next_cursor: string | null }> {
    return this.expect(200, 'GET', '/v1/sandboxes', { query });
  }

  extendTtl(id: string, seconds: number): Promise<SandboxBody> {
    return this.expect(200, 'POST', `/v1/sandboxes/${id}/extend_ttl`, { json: { extend_by: seconds } });
  }

  keepAlive(id: string): Promise<{ status: string }> {
    return this.expect(200, 'POST', `/v1/sandboxes/${id}/keepalive`);
  }

  stop(id: string): Promise<{ status: string }> {
    return this.expect(200, 'POST', `/v1/sandboxes/${id}/stop`);
  }

  async delete(id: string): Promise<void> {
    await this.expect(204, 'DELETE', `/v1/sandboxes/${id}`);
  }

  async pool(profile: string): Promise<PoolBody> {
    const { items } = await this.expect<{ items: PoolBody[] }>(200, 'GET', '/v1/admin/pool');
    const pool = items.find((one) => one.profile === profile);
    if (!pool) throw new Error(`There is no pool of ${profile}.`);
    return pool;
  }

  drainPools(): Promise<{ retired: number; complete: boolean }> {
    return this.expect(200, 'POST', '/v1/admin/pool/drain');
  }

  python(id: string, code: string, options: Readonly<Record<string, unknown>> = {}): Promise<PythonBody> {
    return this.expect(200, 'POST', `/v1/sandboxes/${id}/python/exec`, { json: { code, ...options } });
  }

  shell(id: string, command: string, options: Readonly<Record<string, unknown>> = {}): Promise<ShellBody> {
    return this.expect(200, 'POST', `/v1/sandboxes/${id}/shell/exec`, { json: { command, ...options } });
  }

  async read(id: string, path: string): Promise<string> {
    const answer = await this.expect<{ content: string }>(200, 'GET', `/v1/sandboxes/${id}/filesystem/files`, {
      query: { path },
    });
    return answer.content;
  }

  write(id: string, path: string, content: string): Promise<{ status: string }> {
    return this.expect(200, 'PUT', `/v1/sandboxes/${id}/filesystem/files`, { json: { path, content } });
  }

  remove(id: string, path: string): Promise<{ status: string }> {
    return this.expect(200, 'DELETE', `/v1/sandboxes/${id}/filesystem/files`, { query: { path } });
  }

  async listFiles(id: string, path?: string): Promise<FileEntry[]> {
    const query: Record<string, string> = path === undefined ? {} : { path };
    const route = `/v1/sandboxes/${id}/filesystem/directories`;
    return (await this.expect<{ entries: FileEntry[] }>(200, 'GET', route, { query })).entries;
  }

  /** A finished form, or a stream of one with its headers. */
  upload(id: string, form: Pick<Call, 'body' | 'headers'>): Promise<UploadBody> {
    return this.expect(200, 'POST', `/v1/sandboxes/${id}/filesystem/upload`, form);
  }

  async download(id: string, path: string): Promise<Answer<Buffer>> {
    const route = `/v1/sandboxes/${id}/filesystem/download`;
    const { statusCode, headers, body } = await this.send('GET', route, { query: { path } });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode !== 200) throw new Error(`GET ${route} answered ${statusCode}: ${bytes.toString()}`);
    return { status: statusCode, headers, body: bytes };
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async expect<T>(status: number, method: string, path: string, call: Call = {}): Promise<T> {
    const answer = await this.call<T>(method, path, call);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  private send(method: string, path: string, { json, body, query, headers }: Call) {
    return request(new URL(path, this.url), {
      dispatcher: this.agent,
      // The type of `request` knows the usual methods only.
      method: method as 'GET',
      query: query ?? {},
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
    });
  }
}
