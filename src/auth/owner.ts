import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { type Identity, identityOf } from './identity.js';

/** Whose objects the request may see. */
export const ownerOf = (request: Request): string => identityOf(request).owner;

/** The owner's name as a parameter of a handler. */
export const CurrentOwner = createParamDecorator((_: unknown, context: ExecutionContext) =>
  ownerOf(context.switchToHttp().getRequest<Request>()),
);

/** Who calls, as a parameter of a handler. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity =>
  identityOf(context.switchToHttp().getRequest<Request>()),
);
