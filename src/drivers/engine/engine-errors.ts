import { BayError, type BayErrorOptions } from '../../shared/errors.js';

/** What the engine refused, by HTTP status. The status decides; the engine's words go to the log. */
export const statusOf = (error: unknown): number | null =>
  isRecord(error) && typeof error['statusCode'] === 'number' ? error['statusCode'] : null;

/** The system's name of an error: `ENOENT`. */
export const codeOf = (error: unknown): string | null =>
  isRecord(error) && typeof error['code'] === 'string' ? error['code'] : null;

/** How long a client should wait before it tries an engine that did not answer again. */
const RETRY_AFTER_MS = 2_000;

/** Names an engine by what people type. */
export type EngineProgram = 'docker' | 'podman';

const START: Readonly<Record<EngineProgram, string>> = {
  docker: 'Start the engine, or use the local driver (CONTAINER_DRIVER=local).',
  podman: 'Start it: systemctl --user start podman.socket (without --user for root’s), or podman system service -t 0.',
};
const MAY_NOT: Readonly<Record<EngineProgram, string>> = {
  docker: 'Add the user to the engine’s group (usually `docker`) and log in again.',
  podman: 'Each user has a socket of their own: unset CONTAINER_HOST, or name the one in XDG_RUNTIME_DIR.',
};

const HINTS: Readonly<Record<string, (program: EngineProgram) => string>> = {
  ENOENT: (program) => `nothing is there. ${START[program]}`,
  ECONNREFUSED: (program) => `nothing listens there. ${START[program]}`,
  EACCES: (program) => `this user may not use it. ${MAY_NOT[program]}`,
  EPERM: (program) => `this user may not use it. ${MAY_NOT[program]}`,
};

/** The engine that a call was meant for. */
export interface CalledEngine {
  readonly address: string;
  readonly program: EngineProgram;
}

/** The error that a failed call on the engine means to Bay: no answer, or one that makes no sense. */
export function engineError({ address, program }: CalledEngine, what: string, error: unknown): Error {
  if (error instanceof BayError) return error;
  const code = codeOf(error);
  const status = statusOf(error);
  // Thrown on the way to the engine: a mistake in Bay, passed on as it is.
  if (status === null && code === null) return error as Error;
  if (status !== null && status < 500) {
    return new BayError('internal_error', `The engine refused to ${what} (status ${status}).`, { cause: error });
  }
  const reason =
    status === null
      ? `The engine at ${address} does not answer: ${(code && HINTS[code]?.(program)) ?? `${code}.`}`
      : `The engine at ${address} could not ${what} (status ${status}).`;
  return unavailable(reason, { cause: error });
}

/** The error that a failed call on this machine's files means to Bay. */
export function fileError(what: string, error: unknown): Error {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(error);
  return new BayError('internal_error', `Bay could not ${what} (${String(code)}).`, { cause: error });
}

export const unavailable = (sentence: string, options: BayErrorOptions = {}): BayError =>
  new BayError('driver_unavailable', sentence, { retryAfterMs: RETRY_AFTER_MS, ...options });

export const diskFull = (cause: unknown): BayError =>
  new BayError('insufficient_storage', 'The disk of the machine is full. Free some space and try again.', { cause });

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
