/**
 * What the caller should do about an error: the class decides, never the message.
 * `unavailable`, `timeout` and `exhausted` may be tried again.
 */
export type ErrorClass =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'exhausted'
  | 'unsupported'
  | 'timeout'
  | 'unavailable'
  | 'internal';

interface ErrorKind {
  readonly class: ErrorClass;
  /** HTTP status on `/v1`. */
  readonly status: number;
  readonly retryable: boolean;
}

const kind = (errorClass: ErrorClass, status: number, retryable = false): ErrorKind => ({
  class: errorClass,
  status,
  retryable,
});

/** Every code that Bay answers with. A code without a row does not compile. */
export const ERRORS = {
  unauthorized: kind('unauthenticated', 401),
  forbidden: kind('forbidden', 403),
  not_found: kind('not_found', 404),
  file_not_found: kind('not_found', 404),
  method_not_allowed: kind('invalid', 405),
  validation_error: kind('invalid', 400),
  /** The body or a parameter has the wrong shape; on the wire its code is `validation_error`, too. */
  schema_violation: kind('invalid', 422),
  invalid_path: kind('invalid', 400),
  /** Neither of these two becomes a request: they are answered on the connection. */
  head_too_large: kind('invalid', 431),
  request_timeout: kind('timeout', 408, true),
  payload_too_large: kind('invalid', 413),
  unsupported_media_type: kind('invalid', 415),
  capability_not_supported: kind('unsupported', 400),
  control_not_enforceable: kind('unsupported', 422),
  conflict: kind('conflict', 409),
  sandbox_expired: kind('conflict', 409),
  sandbox_ttl_infinite: kind('conflict', 409),
  execution_lost: kind('conflict', 409),
  /** Somebody else is doing the same at this moment. */
  locked: kind('conflict', 423, true),
  quota_exceeded: kind('exhausted', 429, true),
  queue_full: kind('exhausted', 429, true),
  insufficient_storage: kind('exhausted', 507),
  session_not_ready: kind('unavailable', 503, true),
  /** Who it is cannot be found out, as somebody who has to be asked does not answer. */
  auth_unavailable: kind('unavailable', 503, true),
  driver_unavailable: kind('unavailable', 503, true),
  database_unavailable: kind('unavailable', 503, true),
  image_missing: kind('unavailable', 503),
  start_failed: kind('unavailable', 503, true),
  ship_error: kind('internal', 502),
  timeout: kind('timeout', 504, true),
  internal_error: kind('internal', 500),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface BayErrorOptions {
  /** Facts for programs; goes to the client as it is. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** How long waiting is worth it, in milliseconds; sent as `Retry-After`. */
  readonly retryAfterMs?: number;
  /** Logged, never sent. */
  readonly cause?: unknown;
}

/** An error with a code that clients can rely on. The message is a sentence for people that says what to do. */
export class BayError extends Error {
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: BayErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'BayError';
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code];
  }
}
