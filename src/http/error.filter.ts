import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import { type Request, type Response } from 'express';
import { BayError, type ErrorCode } from '../shared/errors.js';
import { Metrics } from '../telemetry/metrics.js';
import { allowedMethods } from './allowed-methods.js';
import { requestIdOf } from './request-id.js';

/** What every error of `/v1` looks like. */
export interface ErrorEnvelope {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly request_id: string;
    readonly details: Readonly<Record<string, unknown>>;
    /** Only where it is true. */
    readonly retryable?: true;
  };
}

/** Sent with what may be tried again when nobody knows how long it takes. */
const DEFAULT_RETRY_AFTER_MS = 1000;

/** What Nest and Express throw by themselves: a path that cannot be decoded, a guard that says no. */
const FRAMEWORK_CODES: Partial<Record<number, ErrorCode>> = {
  400: 'validation_error',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

/** Turns whatever was thrown into the envelope. What nobody foresaw is logged whole and answered without a word about it. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(private readonly metrics: Metrics) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.translate(thrown, request, response);
    this.metrics.error(wireCode(error));
    if (error.kind.class === 'internal')
      this.logger.error({ err: error.cause ?? error, code: error.code }, error.message);
    if (response.headersSent) {
      // Half an answer is out already: only the broken connection still says that the rest is missing.
      response.destroy();
      return;
    }
    if (error.retryAfterMs !== undefined || error.kind.retryable) {
      response.setHeader('Retry-After', Math.max(1, Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000)));
    }
    response.status(error.kind.status).json(envelope(error, requestIdOf(request)));
  }

  private translate(thrown: unknown, request: Request, response: Response): BayError {
    if (thrown instanceof BayError) return thrown;
    if (thrown instanceof NotFoundException) return unroutable(request, response);
    const code = FRAMEWORK_CODES[statusOf(thrown) ?? 500];
    if (code) return new BayError(code, 'The request cannot be served as it is.', { cause: thrown });
    return new BayError('internal_error', 'Something went wrong inside Bay. Its log says more under this request id.', {
      cause: thrown,
    });
  }
}

/** Services throw {@link BayError}: a plain NotFoundException is the router's. */
function unroutable(request: Request, response: Response): BayError {
  const methods = allowedMethods(request);
  const { method, path } = request;
  if (methods.length === 0) return new BayError('not_found', `There is no ${path} here. /docs lists all routes.`);
  response.setHeader('Allow', methods.join(', '));
  return new BayError('method_not_allowed', `${path} has no ${method}, only ${methods.join(', ')}.`, {
    details: { allowed: methods },
  });
}

function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  return typeof thrown === 'object' && thrown !== null && 'status' in thrown ? Number(thrown.status) : undefined;
}

const wireCode = ({ code }: BayError): string => (code === 'schema_violation' ? 'validation_error' : code);

export function envelope(error: BayError, requestId: string): ErrorEnvelope {
  return {
    error: {
      code: wireCode(error),
      message: error.message,
      request_id: requestId,
      details: error.details ?? {},
      ...(error.kind.retryable ? { retryable: true } : {}),
    },
  };
}
