import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request, type Response } from 'express';
import { SecurityConfig } from '../config/slices.js';
import { BayError } from '../shared/errors.js';
import { DEFAULT_OWNER, setOwner } from './owner.js';
import { PUBLIC } from './public.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Every route that is not `@Public()` needs `Authorization: Bearer <key>`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(
    private readonly reflector: Reflector,
    { apiKey }: SecurityConfig,
  ) {
    this.expected = digest(apiKey);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<Request>();
    const key = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests have one length whatever the key's is, as the comparison demands.
    if (key === undefined || !timingSafeEqual(digest(key), this.expected)) {
      context.switchToHttp().getResponse<Response>().setHeader('WWW-Authenticate', 'Bearer');
      throw new BayError(
        'unauthorized',
        key === undefined ? 'Send the API key: Authorization: Bearer <key>.' : 'This API key is not known.',
      );
    }
    setOwner(request, DEFAULT_OWNER);
    return true;
  }
}
