import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type FieldProblem } from '../http/validation.js';
import { BayError } from '../shared/errors.js';
import { Metrics } from '../telemetry/metrics.js';
import { ShipError } from './ship-errors.js';

/** One entry of a 422's `detail`. */
interface Violation {
  readonly type: string;
  readonly loc: readonly string[];
  readonly msg: string;
  readonly input: unknown;
}

interface Answer {
  readonly status: number;
  readonly detail: string | readonly Violation[];
  readonly code: string;
}

/** Errors as the older API says them: `{"detail": …}`. What nobody foresaw is logged whole and answered without a word about it. */
@Catch()
export class ShipErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(private readonly metrics: Metrics) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const { status, detail, code } = answerOf(thrown, request);
    this.metrics.error(code);
    if (code === 'internal_error') this.logger.error({ err: thrown }, 'A route of the older API failed.');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(status).json({ detail });
  }
}

function answerOf(thrown: unknown, request: Request): Answer {
  if (thrown instanceof ShipError) {
    const code = thrown.cause instanceof BayError ? thrown.cause.code : 'ship_api';
    return { status: thrown.status, detail: thrown.detail, code };
  }
  if (thrown instanceof BayError) return ofBayError(thrown, request);
  if (thrown instanceof HttpException) {
    return { status: thrown.getStatus(), detail: thrown.message, code: 'validation_error' };
  }
  return { status: 500, detail: 'Internal server error', code: 'internal_error' };
}

function ofBayError(error: BayError, request: Request): Answer {
  const { code, message } = error;
  if (code === 'schema_violation') {
    const problems = (error.details?.['errors'] ?? []) as readonly FieldProblem[];
    return { status: 422, detail: problems.map((problem) => violation(problem, request)), code: 'validation_error' };
  }
  if (code === 'unauthorized') {
    const isNamed = /^Bearer +\S/i.test(request.headers.authorization ?? '');
    return { status: 401, detail: isNamed ? 'Invalid access token' : 'Not authenticated', code };
  }
  return { status: error.kind.status, detail: message, code };
}

function violation({ path, message }: FieldProblem, request: Request): Violation {
  const loc = path.split('.');
  const input = inputAt(loc, request);
  if (message === 'is unknown') return { type: 'extra_forbidden', loc, msg: 'Extra inputs are not permitted', input };
  if (input === undefined) return { type: 'missing', loc, msg: 'Field required', input: null };
  return { type: 'value_error', loc, msg: message, input };
}

function inputAt([place, ...names]: readonly string[], request: Request): unknown {
  let value: unknown =
    place === 'header' ? request.headers : place === 'query' ? request.query : (request.body as unknown);
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
