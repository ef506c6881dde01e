import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';

/** What one agent was asked, in order: `POST /init`, `POST /executions` … */
export type AgentLog = string[];

/** An agent that answers the few routes that Bay's life cycle needs, on a unix socket. Anything else fails the test. */
export class FakeAgent {
  readonly log: AgentLog = [];
  readonly runs: string[] = [];
  private output: string | null = null;
  private readonly ended = new Map<string, string>();
  /** Bodies of `POST /init`. */
  readonly inits: unknown[] = [];
  private initialized = false;
  private readonly server: Server;

  private constructor(private readonly secretOf: () => string) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async listen(path: string, secret: string): Promise<FakeAgent> {
    const agent = new FakeAgent(() => secret);
    agent.server.listen(path);
    await once(agent.server, 'listening');
    return agent;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** As after a restart of its process. */
  forgetInit(): void {
    this.initialized = false;
  }

  /** Instead of the echo, from now on. */
  says(text: string): void {
    this.output = text;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url?.split('?')[0]}`;
    const body = await bodyOf(request);
    if (route !== 'GET /health') this.log.push(route);
    if (request.headers.authorization !== `Bearer ${this.secretOf()}`)
      return json(response, 401, refusal('unauthorized'));
    if (route === 'GET /health') return json(response, 200, this.health());
    if (route === 'POST /init') {
      this.initialized = true;
      this.inits.push(JSON.parse(body));
      return json(response, 200, { boot_id: 'boot' });
    }
    if (!this.initialized) return json(response, 409, refusal('not_initialized'));
    if (route === 'POST /executions') return this.execute(JSON.parse(body) as Execution, response);
    const known = this.ended.get(/^GET \/executions\/([^/]+)\/events$/.exec(route)?.[1] ?? '');
    if (known) return void response.end(known);
    json(response, 404, refusal(route.endsWith('/events') ? 'execution_not_found' : 'not_found'));
  }

  private health(): unknown {
    return { status: 'ok', version: '9.9.9', boot_id: 'boot', initialized: this.initialized, python: 'ready' };
  }

  /** Python: `drop` breaks the connection before anything is said of it; everything else is echoed. */
  private execute({ id, code, command = '' }: Execution, response: ServerResponse): void {
    this.runs.push(id);
    if (code === 'drop') return void response.destroy();
    const events = [
      { seq: 1, type: 'started', execution_count: 1 },
      { seq: 2, type: 'stdout', text: `${this.output ?? code ?? command}\n` },
      {
        seq: 3,
        type: 'exit',
        outcome: 'ok',
        exit_code: code === undefined ? 0 : null,
        execution_count: 1,
        state_lost: false,
        duration_ms: 1,
        message: null,
      },
    ];
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    this.ended.set(id, lines);
    response.end(lines);
  }
}

interface Execution {
  readonly id: string;
  readonly code?: string;
  readonly command?: string;
}

const refusal = (code: string): unknown => ({ error: { code, message: code } });

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
