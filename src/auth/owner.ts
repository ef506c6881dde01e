import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';

/** Whose objects a request may see. The configured key belongs to this one. */
export const DEFAULT_OWNER = 'default';

const owners = new WeakMap<object, string>();

export const setOwner = (request: Request, owner: string): void => void owners.set(request, owner);

/** Throws on a route without a guard, where there is no owner. */
export function ownerOf(request: Request): string {
  const owner = owners.get(request);
  if (owner === undefined) throw new Error('A public route asked for the owner of its request.');
  return owner;
}

/** The owner's name as a parameter of a handler. */
export const CurrentOwner = createParamDecorator((_: unknown, context: ExecutionContext) =>
  ownerOf(context.switchToHttp().getRequest<Request>()),
);
