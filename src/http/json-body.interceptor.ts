import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import express, { type Request, type Response } from 'express';
import { type Observable } from 'rxjs';
import { LimitsConfig } from '../config/slices.js';
import { BayError } from '../shared/errors.js';
import { schemaViolation } from './validation.js';

const STREAMED = Symbol('streamed');

/** For a whole JSON body to arrive, ms: a minute for 16 MiB is 2 Mbit/s. */
const ARRIVAL_MS = 60_000;

/** The handler reads the request itself (an upload); whatever its media type is, nothing is parsed. */
export const StreamedBody = (): MethodDecorator & ClassDecorator => SetMetadata(STREAMED, true);

/**
 * Reads JSON bodies. As an interceptor it runs after all guards, so that nobody without a key makes Bay read megabytes, and
 * an unknown sandbox is 404 before its body is looked at.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  private readonly parse: ReturnType<typeof express.json>;

  constructor(
    private readonly reflector: Reflector,
    private readonly limits: LimitsConfig,
  ) {
    this.parse = express.json({ limit: limits.bodyBytes });
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const isStreamed = this.reflector.getAllAndOverride<boolean | undefined>(STREAMED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!isStreamed) await this.read(context.switchToHttp().getRequest(), context.switchToHttp().getResponse());
    return next.handle();
  }

  private async read(request: Request, response: Response): Promise<void> {
    if (!hasBody(request)) return;
    if (!request.is('json')) throw notJson();
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        request.unpipe();
        response.setHeader('Connection', 'close');
        reject(new BayError('validation_error', `The body did not arrive within ${ARRIVAL_MS / 1000} s.`));
      }, ARRIVAL_MS);
      this.parse(request, response, (error?: unknown) => {
        clearTimeout(late);
        if (error === undefined) resolve();
        else reject(this.translate(error));
      });
    });
  }

  /** body-parser marks its errors with a `type`. */
  private translate(error: unknown): unknown {
    const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
    switch (type) {
      case 'entity.too.large':
        return new BayError('payload_too_large', `The body is larger than ${this.limits.bodyBytes} bytes.`, {
          details: { limit_bytes: this.limits.bodyBytes },
        });
      case 'entity.parse.failed':
        return schemaViolation([{ path: 'body', message: 'must be JSON' }]);
      case 'encoding.unsupported':
      case 'charset.unsupported':
        return notJson();
      case 'request.aborted':
      case 'request.size.invalid':
        return new BayError('validation_error', 'The body ended before its announced length.');
      default:
        return error;
    }
  }
}

const notJson = (): BayError =>
  new BayError('unsupported_media_type', 'Send the body as JSON in UTF-8, with Content-Type: application/json.');

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
