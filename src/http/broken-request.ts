import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { type Duplex } from 'node:stream';
import { type NextFunction, type Request, type Response } from 'express';
import { codeOf } from '../shared/error-code.js';
import { BayError } from '../shared/errors.js';
import { envelope } from './error.filter.js';

/** Time for the peer to read the answer before what it still sends makes the kernel take the answer back, ms. */
const LINGER_MS = 2_000;

/**
 * Answers what never becomes a request (a head that is too long, too slow, or no HTTP) with the envelope, and closes its
 * connection. Node itself would send a bare status line.
 */
export function answerBrokenRequests(server: Server, note: (error: BayError, requestId: string) => void): void {
  // Node's own answer to a missing Host has no body; `requireHost` gives it one.
  Object.assign(server, { requireHostHeader: false });
  // Who expects something unknown is served without it, as RFC 9110 allows.
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
  const responses = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    responses.set(request.socket, response);
  });
  const answered = new WeakSet<Duplex>();
  server.on('clientError', (cause: Error, socket: Duplex) => {
    // What comes behind a broken request is as broken.
    if (answered.has(socket)) return;
    const response = responses.get(socket);
    const isHalfSaid = response?.headersSent === true && !response.writableFinished;
    if (!socket.writable || isHalfSaid) {
      socket.destroy();
      return;
    }
    answered.add(socket);
    const error = translate(cause);
    const requestId = randomUUID();
    note(error, requestId);
    socket.end(answer(error, requestId));
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

/** HTTP/1.1 has it on every request. */
export function requireHost(request: Request, _response: Response, next: NextFunction): void {
  if (request.httpVersion !== '1.1' || request.headers.host !== undefined) next();
  else next(new BayError('validation_error', 'The request has no Host header.'));
}

function translate(cause: Error): BayError {
  switch (codeOf(cause)) {
    case 'HPE_HEADER_OVERFLOW':
      return new BayError('head_too_large', 'The head of the request is longer than Bay reads.', { cause });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new BayError('request_timeout', 'The head of the request did not arrive in time.', { cause });
    default:
      return new BayError('validation_error', 'This is not a request in HTTP/1.1.', { cause });
  }
}

function answer(error: BayError, requestId: string): string {
  const body = JSON.stringify(envelope(error, requestId));
  const { status, retryable } = error.kind;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(retryable ? ['Retry-After: 1'] : []),
    '',
    body,
  ].join('\r\n');
}
