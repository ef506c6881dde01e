import { readJson } from './run-file.js';
import { type Settings } from '../settings.js';

/** An answer that was not the one hoped for. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ApiFailure';
  }
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

/** The public API as the command line uses it: nothing that a client could not do. */
export class Api {
  constructor(
    readonly url: string,
    private readonly key: string | undefined,
  ) {}

  get<T>(path: string, timeoutMs = 10_000): Promise<Reply<T>> {
    return this.request<T>('GET', path, undefined, timeoutMs);
  }

  post<T>(path: string, body: unknown, timeoutMs: number): Promise<Reply<T>> {
    return this.request<T>('POST', path, body, timeoutMs);
  }

  delete(path: string, timeoutMs: number): Promise<Reply<unknown>> {
    return this.request('DELETE', path, undefined, timeoutMs);
  }

  private async request<T>(method: string, path: string, body: unknown, timeoutMs: number): Promise<Reply<T>> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.key ? { authorization: `Bearer ${this.key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const parsed = text ? parse(text) : undefined;
    if (!response.ok) throw toFailure(response.status, parsed, text);
    return { status: response.status, body: parsed as T };
  }
}

/** The address for this machine: a server that listens everywhere is asked on loopback. */
export const apiOf = (server: { url: string; host: string; port: number }, settings: Settings): Api => {
  const everywhere = server.host === '0.0.0.0' || server.host === '::';
  const url = everywhere ? `http://127.0.0.1:${server.port}` : server.url;
  return new Api(url.replace(/\/$/, ''), apiKey(settings));
};

const apiKey = (settings: Settings): string | undefined => {
  if (settings.apiKey) return settings.apiKey;
  const made = readJson(settings.data.credentials)?.['api_key'];
  return typeof made === 'string' ? made : undefined;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const toFailure = (status: number, body: unknown, text: string): ApiFailure => {
  const error = (body as { error?: { code?: string; message?: string } } | undefined)?.error;
  return new ApiFailure(status, error?.code ?? `http_${status}`, error?.message ?? text.slice(0, 300));
};
