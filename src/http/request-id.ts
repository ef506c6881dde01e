import { randomUUID } from 'node:crypto';
import { type NextFunction, type Request, type Response } from 'express';

const HEADER = 'X-Request-Id';
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

const ids = new WeakMap<object, string>();

/** Gives each request an id, the client's own if it is harmless to log, and answers with it. Comes first of all. */
export function assignRequestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.header(HEADER);
  const id = given !== undefined && ACCEPTABLE.test(given) ? given : randomUUID();
  ids.set(request, id);
  response.setHeader(HEADER, id);
  next();
}

export function requestIdOf(request: object): string {
  return ids.get(request) ?? 'unknown';
}
