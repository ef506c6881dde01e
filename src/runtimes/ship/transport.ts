import { buildConnector, Pool } from 'undici';
import { type Endpoint } from '../../drivers/driver.js';
import { AgentUnreachableError } from './agent-errors.js';
import { connectUnixSocket } from './unix-socket.js';

/** Parallel calls to one agent; more wait their turn. Each costs a connection and a descriptor on both sides. */
const CONNECTIONS_PER_AGENT = 64;
const CONNECT_TIMEOUT_MS = 2_000;

/** Keep-alive connections to one agent. No proxies, no redirects: an agent cannot send Bay elsewhere. */
export function openPool(endpoint: Endpoint): Pool {
  const options = {
    connections: CONNECTIONS_PER_AGENT,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    // Deadlines belong to the single call: an execution may be silent for as long as it runs.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const origin = endpoint.kind === 'tcp' ? `http://${endpoint.host}:${endpoint.port}` : 'http://agent';
  return new Pool(origin, { ...options, connect: connector(endpoint) });
}

/** Every failure to connect is told apart from one on an open connection: only the first may be tried elsewhere. */
function connector(endpoint: Endpoint): buildConnector.connector {
  const tcp = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  return (options, callback) => {
    if (endpoint.kind === 'tcp') {
      tcp(options, (...[error, socket]) =>
        error ? callback(new AgentUnreachableError(error), null) : callback(null, socket),
      );
      return;
    }
    connectUnixSocket(endpoint.path).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(new AgentUnreachableError(error), null),
    );
  };
}
