import * as v from 'valibot';

/**
 * The execution: one run of Python code or of a shell command. It has an id that the caller chose (a second request with
 * the same id attaches to the first run and never starts another), streams events that are numbered from 1, and ends in
 * exactly one `exit` event.
 */
export const EXECUTION_ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** The longest a caller may let an execution run, in milliseconds (ten minutes). */
export const MAX_TIMEOUT_MS = 600_000;

const common = {
  id: v.pipe(v.string(), v.regex(EXECUTION_ID)),
  /** Counts from the start of the run, not from its place in the queue. */
  timeout_ms: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_TIMEOUT_MS)),
};

export const PythonExecutionRequest = v.object({ ...common, kind: v.literal('python'), code: v.string() });

export const ShellExecutionRequest = v.object({
  ...common,
  kind: v.literal('shell'),
  command: v.string(),
  /** Relative to the workspace; the workspace itself by default. */
  cwd: v.optional(v.string()),
  env: v.optional(v.record(v.string(), v.string())),
});

export const ExecutionRequest = v.variant('kind', [PythonExecutionRequest, ShellExecutionRequest]);
export type ExecutionRequest = v.InferOutput<typeof ExecutionRequest>;
export type PythonExecutionRequest = v.InferOutput<typeof PythonExecutionRequest>;
export type ShellExecutionRequest = v.InferOutput<typeof ShellExecutionRequest>;

/** MIME type to content: text as a string, binary as base64, JSON as it is. */
export const MimeBundle = v.record(v.string(), v.unknown());
export type MimeBundle = v.InferOutput<typeof MimeBundle>;

/**
 * How an execution ended.
 * - `ok`: the cell or command ran to its end (a shell command may still have a non-zero exit code)
 * - `error`: Python raised, or the command could not be started
 * - `timeout`: ended by its time limit; `state_lost` tells whether Python's variables went with it
 * - `interrupted`: ended by a caller
 * - `died`: the interpreter ended under the cell (killed, out of memory, `os._exit`)
 */
export const ExecutionOutcome = v.picklist(['ok', 'error', 'timeout', 'interrupted', 'died']);
export type ExecutionOutcome = v.InferOutput<typeof ExecutionOutcome>;

const numbered = { seq: v.pipe(v.number(), v.integer(), v.minValue(1)) };

/** The last event of every execution. */
export const ExitEvent = v.object({
  ...numbered,
  type: v.literal('exit'),
  outcome: ExecutionOutcome,
  /** Of a shell command; null for Python and when the command never started. Killed by signal N: 128 + N. */
  exit_code: v.nullable(v.number()),
  execution_count: v.nullable(v.number()),
  /** True when Python was restarted and its variables are gone. */
  state_lost: v.boolean(),
  duration_ms: v.number(),
  /** A sentence for people when the outcome is not `ok` and no `error` event said it. */
  message: v.nullable(v.string()),
});
export type ExitEvent = v.InferOutput<typeof ExitEvent>;

export const ExecutionEvent = v.variant('type', [
  v.object({ ...numbered, type: v.literal('started'), execution_count: v.nullable(v.number()) }),
  v.object({ ...numbered, type: v.literal('stdout'), text: v.string() }),
  v.object({ ...numbered, type: v.literal('stderr'), text: v.string() }),
  v.object({ ...numbered, type: v.literal('display'), data: MimeBundle }),
  v.object({ ...numbered, type: v.literal('result'), data: MimeBundle, execution_count: v.nullable(v.number()) }),
  v.object({
    ...numbered,
    type: v.literal('error'),
    name: v.string(),
    value: v.string(),
    /** Lines as IPython prints them, ANSI colours kept. */
    traceback: v.array(v.string()),
  }),
  /** Output that the agent no longer holds: its spill file was full, or the reader came too late. */
  v.object({ ...numbered, type: v.literal('gap'), dropped_bytes: v.number() }),
  ExitEvent,
]);
export type ExecutionEvent = v.InferOutput<typeof ExecutionEvent>;

/** Answer of `GET /executions/{id}` and of `DELETE`, which interrupts and does not wait for the end. */
export const ExecutionState = v.object({
  id: v.string(),
  kind: v.picklist(['python', 'shell']),
  status: v.picklist(['queued', 'running', 'ended']),
  /** Number of the newest event; 0 before the first. */
  last_seq: v.number(),
  /** The `exit` event, once there is one. */
  exit: v.nullable(ExitEvent),
});
export type ExecutionState = v.InferOutput<typeof ExecutionState>;
