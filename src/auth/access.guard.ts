import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request, type Response } from 'express';
import { BayError } from '../shared/errors.js';
import { Authenticator, type Verdict } from './authenticator.js';
import { setIdentity } from './identity.js';
import { PUBLIC } from './public.js';
import { type AccessScope, NEEDS } from './scopes.js';

/** Lets through who is known and has the route's scope; every route that is not `@Public()` has one. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  /** Not a promise unless something has to be asked: most requests go through here. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const needed = this.reflector.getAllAndOverride<AccessScope | undefined>(NEEDS, targets) ?? 'admin';
    const http = context.switchToHttp();
    const admit = (verdict: Verdict): boolean =>
      admitted(verdict, { needed, request: http.getRequest(), response: http.getResponse() });
    const verdict = this.authenticator.identify(http.getRequest<Request>());
    return verdict instanceof Promise ? verdict.then(admit) : admit(verdict);
  }
}

interface Exchange {
  readonly needed: AccessScope;
  readonly request: Request;
  readonly response: Response;
}

function admitted(verdict: Verdict, { needed, request, response }: Exchange): true {
  if (verdict instanceof BayError) {
    if (verdict.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer');
    throw verdict;
  }
  if (!verdict.scopes.has(needed)) {
    response.setHeader('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${needed}"`);
    throw new BayError('forbidden', `This needs the scope ${needed}, which the key or token does not have.`, {
      details: { scope: needed },
    });
  }
  setIdentity(request, verdict);
  return true;
}
