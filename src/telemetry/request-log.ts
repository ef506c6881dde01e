import { type NextFunction, type Request, type Response } from 'express';
import { type Level, type Logger } from 'pino';
import { requestIdOf } from '../http/request-id.js';
import { type Metrics } from './metrics.js';
import { type Tracing } from './tracing.js';

/** Asked for every few seconds by whatever watches Bay: not worth a line at `info`. */
const PROBES = ['/health', '/readyz', '/metrics'];
/** Those with series of their own; Node's parser knows thirty more. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * One line for each request when it is over: method, path, status and milliseconds. Never a header, a query or a body.
 * Everything else that is logged meanwhile carries the request's id. Its time is counted under its route's template.
 */
export function requestLog(logger: Logger, { metrics, tracing }: { metrics: Metrics; tracing: Tracing }) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    const { method } = request;
    const path = request.originalUrl.split('?', 1)[0] ?? '';
    const requestId = requestIdOf(request);
    const span = tracing.request(method, request.header('traceparent'));
    const log = logger.child({ request_id: requestId, ...(span ? { trace_id: span.traceId } : {}) });
    Object.assign(request, { log });
    response.once('close', () => {
      const ms = performance.now() - startedAt;
      const line = { method, path, status: response.statusCode, ms: Math.round(ms) };
      const status = response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : 'cut_off';
      const route = routeOf(request);
      metrics.request({ method: METHODS.includes(method) ? method : 'other', route, status, ms });
      span?.end({
        name: `${method} ${route}`,
        attributes: { 'http.route': route, 'http.response.status_code': line.status, 'bay.request_id': requestId },
        ...(line.status >= 500 ? { error: String(line.status) } : {}),
      });
      if (response.writableFinished) log[levelOf(line)](line, 'request');
      else log.info({ ...line, isCutOff: true }, 'request');
    });
    tracing.within(span, next);
  };
}

/** The template that the router matched. Unknown paths have none but that of what Nest hung in front: `{/*splat}`. */
function routeOf(request: Request): string {
  // Express types the matched route as any; it is there once a route was found.
  const template = (request.route as { readonly path?: unknown } | undefined)?.path;
  return typeof template === 'string' && template.startsWith('/') ? template : 'none';
}

function levelOf({ path, status }: { path: string; status: number }): Level {
  // What is busy or not there for a while is no fault of Bay's.
  if (status === 503 || status === 504) return 'warn';
  if (status >= 500) return 'error';
  return PROBES.includes(path) ? 'debug' : 'info';
}
