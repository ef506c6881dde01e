import { type NextFunction, type Request, type Response } from 'express';
import { type Level, type Logger } from 'pino';
import { requestIdOf } from '../http/request-id.js';

/** Asked for every few seconds by whatever watches Bay: not worth a line at `info`. */
const PROBES = ['/health', '/readyz'];

/**
 * One line for each request when it is over: method, path, status and milliseconds. Never a header, a query or a body.
 * Everything else that is logged meanwhile carries the request's id.
 */
export function requestLog(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    const { method } = request;
    const path = request.originalUrl.split('?', 1)[0] ?? '';
    const log = logger.child({ request_id: requestIdOf(request) });
    Object.assign(request, { log });
    response.once('close', () => {
      const line = { method, path, status: response.statusCode, ms: Math.round(performance.now() - startedAt) };
      if (response.writableFinished) log[levelOf(line)](line, 'request');
      else log.info({ ...line, isCutOff: true }, 'request');
    });
    next();
  };
}

function levelOf({ path, status }: { path: string; status: number }): Level {
  // What is busy or not there for a while is no fault of Bay's.
  if (status === 503 || status === 504) return 'warn';
  if (status >= 500) return 'error';
  return PROBES.includes(path) ? 'debug' : 'info';
}
