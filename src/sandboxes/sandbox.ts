/** What the owner wants. Written without the lease; every change raises `generation`. */
export type DesiredState = 'stopped' | 'running' | 'deleted';

/**
 * What was last seen, for `observed_generation`.
 * - `none`: nothing was started yet
 * - `starting`: a session is being brought up
 * - `running`: its agent answered
 * - `stopped`, `deleted`: nothing of it is left on the engine (volumes of deleted ones included)
 * - `failed`: the start did not work; `failure_*` say why
 * - `lost`: it ran, and ended without being asked to
 */
export type ObservedState = 'none' | 'starting' | 'running' | 'stopped' | 'failed' | 'lost' | 'deleted';

export interface Sandbox {
  readonly id: string;

  /** What `/v1` shows: `sandbox-` and twelve hex digits of the id. */
  readonly publicId: string;
  readonly owner: string;
  readonly profileId: string;
  readonly workspaceId: string;
  readonly desiredState: DesiredState;
  readonly generation: number;
  readonly observedState: ObservedState;
  readonly observedGeneration: number;

  /** The session that is not yet ended; null when nothing of any session is left on the engine. */
  readonly sessionId: string | null;
  /** What the agent said of itself when it was last ready. */
  readonly agentVersion: string | null;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly createdAt: number;
  readonly lastActiveAt: number;

  /** Null: lives until it is deleted. */
  readonly expiresAt: number | null;

  /** Null while nothing runs that could be idle. */
  readonly idleExpiresAt: number | null;
  readonly deletedAt: number | null;

  /**
   * Of a spare that nobody has yet: what it was made from, by `spareKey`. Null: it is a client's. A spare is nobody's, and no
   * list, count or owner sees it.
   */
  readonly spareKey: string | null;
  /** Of a spare: the image that it was made from, as the driver identifies it; null where it cannot. */
  readonly spareImage: string | null;

  /** Null, as the three are: what the profile says. */
  readonly idleTimeoutSec: number | null;
  /** Of the primary container. */
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  readonly leaseToken: string | null;
  readonly leaseUntil: number | null;
}

/** What a sandbox may have of its own instead of what its profile says. */
export type OwnSettings = Pick<Sandbox, 'idleTimeoutSec' | 'cpus' | 'memoryBytes'>;

/** How long it may lie unused before it is stopped, ms. */
export const idleTimeoutMs = (
  { idleTimeoutSec }: Pick<Sandbox, 'idleTimeoutSec'>,
  profile: { readonly idleTimeoutSec: number } | null,
): number => (idleTimeoutSec ?? profile?.idleTimeoutSec ?? 0) * 1000;
