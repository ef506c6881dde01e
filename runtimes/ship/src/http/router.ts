import { type IncomingMessage, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import { AgentError } from './errors.js';

/** One request on its way through a route. */
export interface RequestContext {
  request: IncomingMessage;
  response: ServerResponse;
  /** Values of the pattern's `:names`, percent-decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
}

export interface Route {
  method: string;
  /** A path such as `/executions/:id`; a `:name` takes one segment. */
  pattern: string;
  /** Answers the request. A thrown {@link AgentError} becomes its error body, anything else a 500. */
  handle(context: RequestContext): Promise<void>;
  /** True for routes that answer before `/init`; the others say `not_initialized` until then. */
  beforeInit?: boolean;
}

export interface RouteMatch {
  route: Route;
  params: Record<string, string>;
}

interface CompiledRoute {
  route: Route;
  segments: string[];
}

/** Finds the route of a request. A handful of routes: a linear walk costs less than any tree. */
export class Router {
  private readonly routes: CompiledRoute[];

  constructor(routes: readonly Route[]) {
    this.routes = routes.map((route) => ({ route, segments: route.pattern.split('/') }));
  }

  find(method: string, path: string): RouteMatch | undefined {
    const segments = path.split('/');
    for (const { route, segments: pattern } of this.routes) {
      if (route.method !== method || pattern.length !== segments.length) continue;
      const params = matchSegments(pattern, segments);
      if (params) return { route, params };
    }
    return undefined;
  }
}

function matchSegments(pattern: string[], segments: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (expected !== actual) return undefined;
      continue;
    }
    const value = decodeSegment(actual);
    if (!value) return undefined;
    params[expected.slice(1)] = value;
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Answers with a JSON body. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const payload = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': payload.length });
  response.end(payload);
}

/**
 * Reads a request's body as JSON.
 * @throws AgentError `too_large` past `maxBytes`, `invalid_request` for anything that is not JSON
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the connection: the refusal goes back over it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new AgentError('too_large', `The body is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new AgentError('invalid_request', 'The body is not JSON.');
    throw error;
  }
}

/**
 * Reads a request's body as JSON of the given shape.
 * @throws AgentError as {@link readJson}, and `invalid_request` naming the first field that does not fit
 */
export async function parseBody<T>(
  request: IncomingMessage,
  schema: v.GenericSchema<unknown, T>,
  maxBytes: number,
): Promise<T> {
  const parsed = v.safeParse(schema, await readJson(request, maxBytes), { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new AgentError('invalid_request', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}
