import { schemaViolation } from '../http/validation.js';
import { BayError, type ErrorCode } from '../shared/errors.js';

const error = (code: ErrorCode, message: string, details?: Readonly<Record<string, unknown>>): BayError =>
  new BayError(code, message, details ? { details } : {});

const SANDBOX = 'sandbox-0123456789ab';

/** What each error looks like. A code without a row does not compile. */
export const ERROR_EXAMPLES: Readonly<Record<ErrorCode, BayError>> = {
  unauthorized: error('unauthorized', 'Send the API key: Authorization: Bearer <key>.'),
  forbidden: error('forbidden', 'This needs the scope exec, which the key or token does not have.', {
    scope: 'exec',
  }),
  not_found: error('not_found', `There is no sandbox ${SANDBOX}.`),
  file_not_found: error('file_not_found', 'There is no data/table.csv.'),
  method_not_allowed: error('method_not_allowed', '/v1/profiles has no PUT, only GET, HEAD.', {
    allowed: ['GET', 'HEAD'],
  }),
  validation_error: error('validation_error', 'ttl must be at most 604800 seconds.', { field: 'ttl', max: 604_800 }),
  schema_violation: schemaViolation([{ path: 'body.timeout', message: 'must not be greater than 300' }]),
  invalid_path: error('invalid_path', 'The path leads out of the workspace.', {
    field: 'path',
    reason: 'path_traversal',
  }),
  head_too_large: error('head_too_large', 'The head of the request is longer than Bay reads.'),
  request_timeout: error('request_timeout', 'The head of the request did not arrive in time.'),
  payload_too_large: error('payload_too_large', 'The body is larger than 16777216 bytes.', { limit_bytes: 16_777_216 }),
  unsupported_media_type: error(
    'unsupported_media_type',
    'Send the body as JSON in UTF-8, with Content-Type: application/json.',
  ),
  capability_not_supported: error('capability_not_supported', 'The profile files-only does not offer python.', {
    capability: 'python',
    available: ['filesystem'],
  }),
  control_not_enforceable: error('control_not_enforceable', 'This engine cannot enforce a limit on memory.', {
    control: 'memory',
  }),
  conflict: error('conflict', 'The Idempotency-Key was used for another request.', { key: 'order-42' }),
  sandbox_expired: error('sandbox_expired', 'The sandbox has expired and is being removed. Create a new one.', {
    sandbox_id: SANDBOX,
    expires_at: '2026-11-22T17:00:49.654000',
  }),
  sandbox_ttl_infinite: error('sandbox_ttl_infinite', 'The sandbox never expires.', { sandbox_id: SANDBOX }),
  execution_lost: error('execution_lost', 'The sandbox ended while this ran. It may have run, in part or whole.', {
    execution_id: 'exec-0123456789ab',
  }),
  locked: error('locked', 'It is being cleaned up already.'),
  quota_exceeded: error('quota_exceeded', 'You have 4 of 4 sandboxes.', {
    quota: 'sandboxes',
    scope: 'owner',
    limit: 4,
    current: 4,
  }),
  queue_full: error('queue_full', 'Too many cells wait in this sandbox.'),
  insufficient_storage: error('insufficient_storage', 'The disk is full.'),
  session_not_ready: error('session_not_ready', 'The sandbox is still starting. Try again in a moment.', {
    sandbox_id: SANDBOX,
    retry_after_ms: 1000,
  }),
  auth_unavailable: error(
    'auth_unavailable',
    'The issuer of tokens does not answer, so that this one cannot be checked.',
  ),
  driver_unavailable: error('driver_unavailable', 'The engine does not answer.'),
  database_unavailable: error('database_unavailable', 'The database does not answer. Try again in a moment.'),
  image_missing: error('image_missing', 'The image ship:latest is not there.', { sandbox_id: SANDBOX }),
  start_failed: error('start_failed', 'The sandbox could not be started.', { sandbox_id: SANDBOX }),
  ship_error: error('ship_error', 'The agent answered with status 500.'),
  timeout: error('timeout', 'The agent did not answer in time.'),
  internal_error: error('internal_error', 'Something went wrong inside Bay. Its log says more under this request id.'),
};
