import * as v from 'valibot';

/** Version of this protocol. An agent answers it in `/meta`; Bay refuses one that it does not know. */
export const API_VERSION = 'v1';

/** Where Bay puts the session's directory inside a member, and what lies in it. */
export const RUN_DIR = '/run/bay';
export const SOCKET_NAME = 'agent.sock';
export const SECRET_NAME = 'secret';

/** The persistent files of a sandbox. */
export const WORKSPACE_DIR = '/workspace';

/**
 * The agent's environment:
 * - `BAY_LISTEN`  `unix:<path>` or `tcp:<port>`; default `unix:/run/bay/agent.sock`
 * - `BAY_SECRET_FILE`  default `/run/bay/secret`
 * - `BAY_WORKSPACE_PATH`  default `/workspace`
 * - `BAY_PYTHON`  the interpreter that has IPython; default `/opt/venv/bin/python`
 * - `BAY_STATE_DIR`  for spill files; default a directory under the system's temporary one
 */
export const AGENT_ENV = [
  'BAY_LISTEN',
  'BAY_SECRET_FILE',
  'BAY_WORKSPACE_PATH',
  'BAY_PYTHON',
  'BAY_STATE_DIR',
] as const;

/** All routes need `Authorization: Bearer <session secret>`; without it the answer is 401 and nothing else. */
export const ROUTES = {
  health: '/health',
  meta: '/meta',
  init: '/init',
  executions: '/executions',
  execution: (id: string) => `/executions/${id}`,
  /** `?after=<seq>` resumes behind that event; 0 is from the start. */
  events: (id: string) => `/executions/${id}/events`,
  files: '/files',
  directories: '/directories',
  uploads: '/uploads',
  upload: (id: string) => `/uploads/${id}`,
} as const;

export const Health = v.object({
  status: v.literal('ok'),
  version: v.string(),
  /** New at each start of the agent: tells a restarted agent, which has lost its init. */
  boot_id: v.string(),
  initialized: v.boolean(),
  python: v.picklist(['stopped', 'starting', 'ready']),
});
export type Health = v.InferOutput<typeof Health>;

/** Delivered once after the start. Repeating it with the same session id is harmless; another session id is 409. */
export const InitRequest = v.object({
  session_id: v.string(),
  sandbox_id: v.string(),
  /** Put into Python's environment and every shell's. */
  env: v.record(v.string(), v.string()),
});
export type InitRequest = v.InferOutput<typeof InitRequest>;

export const InitResponse = v.object({ boot_id: v.string() });
export type InitResponse = v.InferOutput<typeof InitResponse>;

export const Meta = v.object({
  runtime: v.object({ name: v.string(), version: v.string(), api_version: v.string() }),
  workspace: v.object({ mount_path: v.string() }),
  capabilities: v.record(v.string(), v.unknown()),
});
export type Meta = v.InferOutput<typeof Meta>;

/**
 * Errors of the agent: `{"error":{"code","message"}}`.
 * The status is for people who look at the wire; Bay decides by the code.
 */
export const AGENT_ERRORS = {
  unauthorized: 401,
  invalid_request: 422,
  not_initialized: 409,
  session_mismatch: 409,
  execution_not_found: 404,
  execution_conflict: 409,
  queue_full: 429,
  path_invalid: 400,
  path_outside_workspace: 403,
  file_not_found: 404,
  is_a_directory: 400,
  not_a_directory: 400,
  not_a_file: 400,
  access_denied: 403,
  upload_not_found: 404,
  no_space: 507,
  too_large: 413,
  not_found: 404,
  internal: 500,
} as const;
export type AgentErrorCode = keyof typeof AGENT_ERRORS;

export const AgentErrorBody = v.object({
  error: v.object({ code: v.picklist(Object.keys(AGENT_ERRORS) as AgentErrorCode[]), message: v.string() }),
});
