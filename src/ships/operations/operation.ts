import { type Sandbox } from '../../sandboxes/sandbox.js';

/** One call of `exec`, after its session was found to own the ship. */
export interface OperationCall {
  readonly sandbox: Sandbox;
  readonly sessionId: string;
  readonly payload: unknown;
}

export interface OperationResult {
  readonly data: Readonly<Record<string, unknown>>;
  /** What some clients look for beside `data` instead of in it. */
  readonly aliases?: Readonly<Record<string, unknown>>;
  readonly executionId?: string;
}

export type Operation = (call: OperationCall) => Promise<OperationResult>;
