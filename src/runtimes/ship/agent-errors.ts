import { AgentErrorBody, type AgentErrorCode } from '@bay/protocol';
import * as v from 'valibot';
import { BayError, type ErrorCode } from '../../shared/errors.js';

/** The agent cannot be reached: nothing was sent, so that the call may be made again on another session. */
export class AgentUnreachableError extends Error {
  constructor(cause: unknown) {
    super('The agent of the sandbox does not answer.', { cause });
    this.name = 'AgentUnreachableError';
  }
}

/** The connection broke after the call may have been sent: it may have been carried out, or not. */
export class AgentConnectionLostError extends Error {
  constructor(cause: unknown) {
    super('The connection to the agent of the sandbox broke.', { cause });
    this.name = 'AgentConnectionLostError';
  }
}

/** The agent answers, but was restarted and waits for a new init. */
export class AgentNotInitializedError extends Error {
  constructor() {
    super('The agent of the sandbox was restarted.');
    this.name = 'AgentNotInitializedError';
  }
}

/** What an agent's refusal means to the caller of Bay. A new agent code without a row does not compile. */
const CODES: Record<AgentErrorCode, ErrorCode> = {
  unauthorized: 'ship_error',
  invalid_request: 'ship_error',
  not_initialized: 'session_not_ready',
  session_mismatch: 'session_not_ready',
  execution_not_found: 'execution_lost',
  execution_conflict: 'conflict',
  queue_full: 'queue_full',
  path_invalid: 'invalid_path',
  path_outside_workspace: 'invalid_path',
  file_not_found: 'file_not_found',
  is_a_directory: 'validation_error',
  not_a_directory: 'validation_error',
  not_a_file: 'validation_error',
  access_denied: 'validation_error',
  upload_not_found: 'ship_error',
  no_space: 'insufficient_storage',
  too_large: 'payload_too_large',
  not_found: 'ship_error',
  internal: 'ship_error',
};

/** Longest sentence of an agent that is passed on. */
const MAX_MESSAGE = 500;

/** Reads an answer that is not a success. Its text comes from the sandbox: checked, bounded, never trusted. */
export function agentError(status: number, body: unknown): Error {
  const parsed = v.safeParse(AgentErrorBody, body);
  if (!parsed.success) return new BayError('ship_error', `The agent answered with status ${status}.`);
  const { code, message } = parsed.output.error;
  if (code === 'not_initialized') return new AgentNotInitializedError();
  return new BayError(CODES[code], message.slice(0, MAX_MESSAGE), details(code));
}

function details(code: AgentErrorCode): { details?: Record<string, unknown> } {
  if (code === 'path_outside_workspace') return { details: { field: 'path', reason: 'outside_workspace' } };
  if (code === 'path_invalid') return { details: { field: 'path', reason: 'not_allowed' } };
  return {};
}
