export type SessionState = 'starting' | 'running' | 'ended';

/** The running side of a sandbox: one group on the engine. Each start is a new row with a new id. */
export interface Session {
  readonly id: string;
  readonly sandboxId: string;

  /** The sandbox's generation that asked for it. */
  readonly generation: number;
  readonly state: SessionState;

  /** The driver's handle as JSON; null until the driver made something. */
  readonly handle: string | null;

  /** Where the primary member's agent answers, as JSON; null until it runs. */
  readonly endpoint: string | null;
  readonly createdAt: number;
  readonly readyAt: number | null;
  readonly endedAt: number | null;
}
