import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Logger } from 'pino';
import { type HttpLogger, pinoHttp } from 'pino-http';
import { requestIdOf } from '../http/request-id.js';

/** Asked for every few seconds by whatever watches Bay: not worth a line at `info`. */
const PROBES = ['/health', '/readyz'];

/** One line for each request when it is over: method, path, status and milliseconds. Never a header, a query or a body. */
export function requestLog(logger: Logger): HttpLogger {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger,
    genReqId: requestIdOf,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request_id', responseTime: 'ms' },
    serializers: { req: () => undefined, res: () => undefined },
    customProps: (request, response) => ({
      method: request.method,
      path: pathOf(request),
      status: response.statusCode,
    }),
    customLogLevel: (request, response, error) => {
      if (error || response.statusCode >= 500) return 'error';
      return PROBES.includes(pathOf(request)) ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  });
}

/** Express rewrites `url` while it routes. */
function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '').split('?', 1)[0] ?? '';
}
