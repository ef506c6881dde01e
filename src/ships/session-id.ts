import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { type Request } from 'express';
import { ownerOf } from '../auth/owner.js';
import { schemaViolation } from '../http/validation.js';

/** Longer ones are nobody's; they lie in an index. */
const MAX_LENGTH = 512;

/** The caller's session id of a route that needs one, from `X-SESSION-ID`. Any text; 422 without it. */
export const SessionId = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  sessionIdOf(context.switchToHttp().getRequest<Request>()),
);

function sessionIdOf(request: Request): string {
  const value = request.headers['x-session-id'];
  const path = 'header.x-session-id';
  if (typeof value !== 'string' || value === '') throw schemaViolation([{ path, message: 'is missing' }]);
  if (value.length > MAX_LENGTH) throw schemaViolation([{ path, message: `has more than ${MAX_LENGTH} characters` }]);
  return value;
}

/** Who calls which ship, for which session. */
export interface ShipCall {
  readonly owner: string;
  readonly id: string;
  readonly sessionId: string;
}

/** Of a route `…/:ship_id…` that needs a session id. */
export const TheShipCall = createParamDecorator((_: unknown, context: ExecutionContext): ShipCall => {
  const request = context.switchToHttp().getRequest<Request>();
  return { owner: ownerOf(request), id: String(request.params['ship_id']), sessionId: sessionIdOf(request) };
});

export const NeedsSessionId = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({ name: 'X-SESSION-ID', required: true, description: 'Chosen by the caller.', example: 'my-session' }),
  );
