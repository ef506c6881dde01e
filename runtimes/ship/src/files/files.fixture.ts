import { mkdtemp, realpath, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentError } from '../http/errors.js';
import { Router, sendJson } from '../http/router.js';
import { fileRoutes } from './routes.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A workspace in a temporary directory with a directory outside beside it, and a real server for its file routes. */
export class FileServer {
  private constructor(
    private readonly base: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<FileServer> {
    const base = await realpath(await mkdtemp(join(tmpdir(), 'ship-files-')));
    const router = new Router(fileRoutes(join(base, 'workspace')));
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://agent');
      const match = router.find(request.method ?? '', url.pathname);
      if (!match) return void response.writeHead(404).end();
      match.route
        .handle({ request, response, params: match.params, query: url.searchParams })
        .catch((error: unknown) => {
          const known = error instanceof AgentError ? error : new AgentError('internal', String(error));
          if (!response.headersSent)
            sendJson(response, known.status, { error: { code: known.code, message: known.message } });
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FileServer(base, server);
  }

  get workspace(): string {
    return join(this.base, 'workspace');
  }

  get outside(): string {
    return join(this.base, 'outside');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.base, { recursive: true });
  }

  /** A request whose body the caller writes. */
  open(method: string, target: string, options: RequestOptions = {}): ReturnType<typeof httpRequest> {
    const { port } = this.server.address() as AddressInfo;
    return httpRequest({ host: '127.0.0.1', port, method, path: target, agent: false, ...options });
  }

  async call(method: string, target: string, body?: string | Buffer): Promise<Answer> {
    const request = this.open(method, target);
    const answer = answerOf(request);
    request.end(body);
    return answer;
  }

  /** `METHOD /files?path=…` */
  files(method: string, path: string, body?: string | Buffer): Promise<Answer> {
    return this.call(method, `/files?path=${encodeURIComponent(path)}`, body);
  }
}

export function responseOf(request: ReturnType<typeof httpRequest>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject));
}

export async function answerOf(request: ReturnType<typeof httpRequest>): Promise<Answer> {
  const response = await responseOf(request);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

/** The protocol's error code in an answer. */
export function codeOf(answer: Answer): string {
  const { error } = JSON.parse(answer.body.toString()) as { error: { code: string } };
  return error.code;
}
