import { type OpenAPIObject } from '@nestjs/swagger';
import { envelope } from '../http/error.filter.js';
import { type ErrorCode, ERRORS } from '../shared/errors.js';
import { resolve, type Operation, type Response, type Schema } from './document.js';
import { ERROR_EXAMPLES } from './error-examples.js';
import { errorsOf, type Route } from './error-rules.js';

/** `schema_violation` is `validation_error` on the wire. */
const CODES = Object.keys(ERRORS).filter((code) => code !== 'schema_violation');

const ERROR_SCHEMA: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'request_id', 'details'],
      properties: {
        code: { type: 'string', enum: CODES, description: 'What programs decide by. More may come.' },
        message: { type: 'string', description: 'For people.' },
        request_id: { type: 'string', description: 'The same as the X-Request-Id header; also in the log.' },
        details: { type: 'object', additionalProperties: true, description: 'Facts for programs, by the code.' },
        retryable: { type: 'boolean', description: 'True where trying again helps; then Retry-After says when.' },
      },
    },
  },
};

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is understood, and means something that cannot be done.',
  401: 'No key, or one that is not known.',
  403: 'The key may not do that.',
  404: 'What is named is not there, or belongs to somebody else.',
  405: 'The path has other methods; `Allow` names them.',
  409: 'It contradicts the state that things are in.',
  413: 'More bytes than the limit allows.',
  415: 'Another media type than this route reads.',
  422: 'The request has the wrong shape, or the engine cannot enforce what the profile demands.',
  423: 'Somebody else does the same at this moment.',
  431: 'Path and headers are too long together.',
  429: 'A quota is used up.',
  500: 'A fault of Bay.',
  502: 'The agent in the sandbox answered what it should not.',
  503: 'Not now: the sandbox or the engine is not ready.',
  504: 'The agent in the sandbox took too long.',
  507: 'The disk is full.',
};

const REQUEST_ID = '0b8ab3b5-3f0e-4c38-a8b7-6a2d8a1f7c11';

/** Gives every operation the errors of its rules; one that describes a `default` of its own keeps that instead. */
export function addErrors(document: OpenAPIObject, operations: readonly Operation[]): void {
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Error: ERROR_SCHEMA };
  document.components.examples = Object.fromEntries(
    Object.entries(ERROR_EXAMPLES).map(([code, error]) => [code, { value: envelope(error, REQUEST_ID) }]),
  );
  for (const { name, operation } of operations) {
    if (operation.responses['default']) continue;
    for (const [status, codes] of byStatus(errorsOf(routeOf(document, name, operation)))) {
      operation.responses[status] ??= responseOf(status, codes);
    }
  }
}

function byStatus(codes: readonly ErrorCode[]): [number, ErrorCode[]][] {
  const statuses = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  return [...statuses].sort(([one], [other]) => one - other);
}

function responseOf(status: number, codes: readonly ErrorCode[]): Response {
  const wireCodes = [...new Set(codes.map((code) => (code === 'schema_violation' ? 'validation_error' : code)))];
  const mayRetry = codes.some((code) => ERRORS[code].retryable);
  return {
    description: `${DESCRIPTIONS[status]} ${wireCodes.map((code) => `\`${code}\``).join(', ')}`,
    headers: {
      'X-Request-Id': { schema: { type: 'string' }, description: 'Also in the envelope.', example: REQUEST_ID },
      ...(status === 405
        ? { Allow: { schema: { type: 'string' }, description: 'Those it has.', example: 'GET' } }
        : {}),
      ...(mayRetry ? { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.', example: 1 } } : {}),
    },
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Error' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

function routeOf(document: OpenAPIObject, name: string, operation: Operation['operation']): Route {
  const parameters = operation.parameters ?? [];
  const namesIn = (place: string): string[] =>
    parameters.flatMap((one) => ('in' in one && one.in === place ? [one.name] : []));
  const body = operation.requestBody && 'content' in operation.requestBody ? operation.requestBody.content : {};
  const fields = Object.values(body).flatMap(({ schema }) =>
    Object.keys(schema ? (resolve(document, schema).properties ?? {}) : {}),
  );
  return {
    name,
    hasKey: !operation.security?.some((requirement) => Object.keys(requirement).length === 0),
    hasBody: operation.requestBody !== undefined,
    parameters: { path: namesIn('path'), query: namesIn('query'), header: namesIn('header') },
    fields,
  };
}
