import { type OpenAPIObject } from '@nestjs/swagger';
import { envelope } from '../http/error.filter.js';
import { schemaViolation } from '../http/validation.js';
import { BayError, ERRORS } from '../shared/errors.js';

type Components = NonNullable<OpenAPIObject['components']>;
type Schema = NonNullable<Components['schemas']>[string];
type Response = NonNullable<Components['responses']>[string];

/** `schema_violation` is `validation_error` on the wire. */
const CODES = Object.keys(ERRORS).filter((code) => code !== 'schema_violation');

export const ERROR_SCHEMA: Schema = {
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
        details: { type: 'object', additionalProperties: true },
        retryable: { type: 'boolean', description: 'True where trying again helps; then Retry-After says when.' },
      },
    },
  },
};

const REQUEST_ID = '0b8ab3b5-3f0e-4c38-a8b7-6a2d8a1f7c11';
const example = (error: BayError) => ({ value: envelope(error, REQUEST_ID) });

export const ERROR_RESPONSE: Response = {
  description: 'An error. Its status says the kind, its code says which.',
  headers: {
    'X-Request-Id': { schema: { type: 'string' } },
    'Retry-After': { schema: { type: 'integer' }, description: 'Seconds, where waiting helps.' },
  },
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      examples: {
        unauthorized: example(new BayError('unauthorized', 'Send the API key: Authorization: Bearer <key>.')),
        not_found: example(new BayError('not_found', 'There is no sandbox sandbox-0123456789ab.')),
        validation_error: example(schemaViolation([{ path: 'body.timeout', message: 'must not be greater than 300' }])),
        session_not_ready: example(
          new BayError('session_not_ready', 'The sandbox is still starting.', {
            details: { sandbox_id: 'sandbox-0123456789ab', retry_after_ms: 1000 },
          }),
        ),
      },
    },
  },
};
