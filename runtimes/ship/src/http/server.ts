import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Authorization } from './authorization.js';
import { AgentError } from './errors.js';
import { Router, sendJson, type Route } from './router.js';

export interface ServerOptions {
  authorization: Authorization;
  routes: readonly Route[];
  isInitialized(): boolean;
}

/** Bay keeps its connections for the next call; longer than its own pool does, so that it is never the one surprised. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 512;

/** The agent's HTTP server: secret first, then route, then init. Uploads and event streams have no time limit here. */
export function createAgentServer(options: ServerOptions): Server {
  const router = new Router(options.routes);
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, noDelay: true },
    (request, response) => {
      answer(request, response, router, options).catch((error: unknown) => refuse(request, response, error));
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  router: Router,
  { authorization, isInitialized }: ServerOptions,
): Promise<void> {
  if (!authorization.allows(request.headers.authorization)) {
    // Nothing more is read from a stranger.
    response.setHeader('connection', 'close');
    throw new AgentError('unauthorized', 'The session secret is missing or wrong.');
  }
  const [path = '/', query] = (request.url ?? '/').split('?', 2);
  const match = router.find(request.method ?? '', path);
  if (!match) throw new AgentError('not_found', `There is no ${request.method} ${path}.`);
  if (!match.route.beforeInit && !isInitialized())
    throw new AgentError('not_initialized', 'The agent waits for its init.');
  await match.route.handle({ request, response, params: match.params, query: new URLSearchParams(query) });
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    // The status is gone: only the missing end can tell.
    response.destroy();
    return;
  }
  if (request.destroyed && !request.complete) return void response.destroy();
  const known = error instanceof AgentError ? error : new AgentError('internal', 'The agent failed.');
  if (known !== error) console.error(error);
  sendJson(response, known.status, { error: { code: known.code, message: known.message } });
}
