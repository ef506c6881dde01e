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
    customAttributeKeys: { reqId: 'request_id' },
    customLogLevel: (request, { statusCode }, error) => {
      if (error || statusCode >= 500) return 'error';
      return PROBES.includes(pathOf(request)) ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
    customSuccessObject: line,
    customErrorObject: (request, response, _error, value: object) => line(request, response, value),
  });
}

function line(request: IncomingMessage, { statusCode }: ServerResponse, value: object): object {
  const ms = 'responseTime' in value ? value.responseTime : undefined;
  return { method: request.method, path: pathOf(request), status: statusCode, ms };
}

/** Express rewrites `url` while it routes. */
function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '').split('?', 1)[0] ?? '';
}
