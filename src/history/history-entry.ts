/** What a client may write beside an execution. Tags are trimmed, told apart, in order and joined by commas. */
export interface Annotation {
  readonly description: string | null;
  readonly tags: string | null;
  readonly notes: string | null;
}

/** One finished execution. */
export interface HistoryEntry extends Annotation {
  /** UUID. */
  readonly id: string;
  /** `exec-0123456789ab`: what its call answered. */
  readonly publicId: string;
  readonly owner: string;
  /** `sandbox-0123456789ab`: as clients know it, also when its row is gone. */
  readonly sandboxId: string;
  /** UUID. Null where no session was reached. */
  readonly sessionId: string | null;
  readonly execType: ExecType;
  readonly code: string;
  readonly success: boolean;
  readonly executionTimeMs: number;
  readonly output: string | null;
  readonly error: string | null;
  /** `blob:<uuid>` of the whole output, where the row holds only its beginning. */
  readonly payloadRef: string | null;
  /** Its end. */
  readonly createdAt: number;
}

/** The words of `/v1`; those of browsers come with their runtime. */
export const EXEC_TYPES = ['python', 'shell', 'browser', 'browser_batch'] as const;
export type ExecType = (typeof EXEC_TYPES)[number];

/** The whole output of an execution that wrote more than its row holds. */
export interface HistoryPayload {
  /** UUID. */
  readonly id: string;
  readonly owner: string;
  /** UUID of the entry. */
  readonly executionId: string;
  readonly sandboxId: string;
  /** JSON: `{output, error}`. */
  readonly content: string;
  readonly createdAt: number;
}
