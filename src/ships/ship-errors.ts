import { type LimitsConfig } from '../config/slices.js';
import { schemaViolation } from '../http/validation.js';
import { BayError } from '../shared/errors.js';

/** An answer of the older API: `{"detail": …}` with this status. */
export class ShipError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(detail, options);
    this.name = 'ShipError';
  }
}

/** Why a call into a ship is not made; each route has its own status for it. */
export class ShipRefusal extends Error {
  constructor(readonly reason: 'absent' | 'foreign') {
    super(reason === 'absent' ? 'Ship not found or not running' : 'Session does not have access to this ship');
    this.name = 'ShipRefusal';
  }
}

export const shipNotFound = (): ShipError => new ShipError(404, 'Ship not found');
export const sessionNotFound = (): ShipError => new ShipError(404, 'Session not found');
/** Throws 422 for a longer life than any sandbox may have. */
export function assertTtl(seconds: number, { maxTtlSec }: LimitsConfig): void {
  if (seconds > maxTtlSec)
    throw schemaViolation([{ path: 'body.ttl', message: `must not be greater than ${maxTtlSec}` }]);
}

export const MAXIMUM_REACHED = 'Maximum number of ships reached';

/** What the agent in the ship would have answered, as its status, for what is the caller's fault. */
const SHIP_STATUS: Partial<Record<string, number>> = {
  file_not_found: 404,
  invalid_path: 403,
  forbidden: 403,
  validation_error: 400,
  conflict: 409,
  payload_too_large: 413,
  schema_violation: 422,
  insufficient_storage: 507,
};

/** A failed operation: 400 whatever it was, with the status of the ship in the text. */
export function asExecError(error: unknown): unknown {
  if (error instanceof ShipRefusal) return new ShipError(400, error.message, { cause: error });
  if (!(error instanceof BayError)) return error;
  return new ShipError(400, sentence(error), { cause: error });
}

/** A failed upload or download: the status that the text of the published server leads to. */
export function asTransferError(error: unknown): unknown {
  if (error instanceof ShipRefusal) {
    return new ShipError(error.reason === 'absent' ? 404 : 403, error.message, { cause: error });
  }
  if (!(error instanceof BayError) || error.code === 'schema_violation') return error;
  const status = SHIP_STATUS[error.code];
  return new ShipError(status !== undefined && [403, 404, 413].includes(status) ? status : 400, sentence(error), {
    cause: error,
  });
}

/** A ship that could not be had. Programs of others look for these words. */
export function asCreateError(error: unknown, startTimeoutMs: number): unknown {
  if (!(error instanceof BayError) || error.code === 'schema_violation') return error;
  return new ShipError(500, whyNotCreated(error, startTimeoutMs), { cause: error });
}

function whyNotCreated({ code, message }: BayError, startTimeoutMs: number): string {
  switch (code) {
    case 'quota_exceeded':
      return MAXIMUM_REACHED;
    case 'session_not_ready':
      return `Ship failed to become ready within ${startTimeoutMs / 1000} seconds`;
    case 'start_failed':
      return `Ship failed to become ready: ${message}`;
    case 'image_missing':
      return `No such image: ${message}`;
    default:
      return message;
  }
}

function sentence(error: BayError): string {
  if (error.code === 'quota_exceeded') return MAXIMUM_REACHED;
  if (error.code === 'payload_too_large' && error.details?.['limit_bytes'] !== undefined && 'size' in error.details) {
    return `File size (${error.details['size']} bytes) exceeds maximum allowed size (${error.details['limit_bytes']} bytes)`;
  }
  const status = SHIP_STATUS[error.code];
  if (status === undefined) return error.message;
  return `Ship returned ${status}: ${JSON.stringify({ detail: detailOf(error) })}`;
}

const detailOf = (error: BayError): unknown => {
  if (error.code === 'invalid_path') return `Access denied: path must be within workspace /workspace. ${error.message}`;
  return error.code === 'file_not_found' ? `File not found: ${error.message}` : error.message;
};
