import { type ErrorCode } from '../shared/errors.js';

/** What the rules look at: an operation of the document, without its errors. */
export interface Route {
  /** `POST /v1/sandboxes/{sandbox_id}/python/exec` */
  readonly name: string;
  readonly hasKey: boolean;
  readonly hasBody: boolean;
  /** Names of parameters by where they are. */
  readonly parameters: Readonly<Record<'path' | 'query' | 'header', readonly string[]>>;
  /** Names of the body's fields. */
  readonly fields: readonly string[];
}

interface Rule {
  readonly when: (route: Route) => boolean;
  readonly codes: readonly ErrorCode[];
}

const named =
  (pattern: RegExp): Rule['when'] =>
  ({ name }) =>
    pattern.test(name);
const takes =
  (...names: readonly string[]): Rule['when'] =>
  ({ parameters, fields }) =>
    names.some((name) => parameters.query.includes(name) || fields.includes(name));

/** What needs a running sandbox, and may have to start it. */
const STARTS: readonly ErrorCode[] = [
  'capability_not_supported',
  'sandbox_expired',
  'control_not_enforceable',
  'quota_exceeded',
  'ship_error',
  'session_not_ready',
  'driver_unavailable',
  'image_missing',
  'start_failed',
  'timeout',
  'insufficient_storage',
];

/**
 * Which errors a route can answer. A route has those of every rule that fits it, so that a new one has most of its errors
 * by what it takes; what only one of them answers is a rule with its name.
 */
const RULES: readonly Rule[] = [
  { when: () => true, codes: ['internal_error'] },
  { when: ({ hasKey }) => hasKey, codes: ['unauthorized', 'forbidden', 'auth_unavailable'] },
  // A broken percent escape, nothing under that name, and a name with `?` or `/` in it, which makes another path.
  {
    when: ({ parameters }) => parameters.path.length > 0,
    codes: ['validation_error', 'not_found', 'method_not_allowed'],
  },
  { when: ({ parameters }) => parameters.query.length > 0, codes: ['schema_violation', 'head_too_large'] },
  {
    when: ({ hasBody }) => hasBody,
    codes: ['validation_error', 'schema_violation', 'payload_too_large', 'unsupported_media_type'],
  },
  { when: takes('cursor'), codes: ['validation_error'] },
  { when: takes('path', 'cwd'), codes: ['invalid_path'] },
  { when: ({ parameters }) => parameters.header.includes('Idempotency-Key'), codes: ['conflict'] },

  { when: named(/^POST \/v1\/sandboxes$/), codes: ['not_found', 'quota_exceeded'] },
  { when: named(/\/(keepalive|extend_ttl)$/), codes: ['sandbox_expired'] },
  { when: named(/\/extend_ttl$/), codes: ['sandbox_ttl_infinite'] },
  { when: named(/\{sandbox_id\}\/(python|shell|filesystem)\//), codes: STARTS },
  { when: named(/\/(python|shell)\/exec$/), codes: ['conflict', 'execution_lost', 'queue_full'] },
  { when: named(/\/filesystem\//), codes: ['file_not_found', 'validation_error'] },
  { when: named(/^GET .*\/filesystem\/files$/), codes: ['payload_too_large'] },
  { when: named(/^DELETE \/v1\/cargos\//), codes: ['conflict'] },
  { when: named(/\/gc\/run$/), codes: ['locked'] },
  { when: named(/\/admin\/driver$/), codes: ['driver_unavailable'] },
  // Keys and rows are looked up in the database.
  { when: ({ hasKey }) => hasKey, codes: ['database_unavailable'] },
];

/** Answered on the connection, before there is a route. */
export const WITHOUT_ROUTE: readonly ErrorCode[] = ['request_timeout'];

export function errorsOf(route: Route): ErrorCode[] {
  return [...new Set(RULES.filter(({ when }) => when(route)).flatMap(({ codes }) => codes))];
}
