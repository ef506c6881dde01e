import { type Sandbox } from './sandbox.js';

/** A started sandbox that nobody has yet: its agent answers, Python runs, and nothing of a client's was ever in it. */
export interface Spare {
  readonly id: string;
  readonly publicId: string;
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly profileId: string;
  readonly key: string;
}

/**
 * How a spare stands.
 * - `starting`: asked for
 * - `ready`: may be handed out
 * - `ended`: its start failed, or it ended by itself; it is of no use
 */
export type SpareState = 'starting' | 'ready' | 'ended';

export interface SpareSeen {
  readonly id: string;
  readonly profileId: string;
  readonly key: string;
  readonly image: string | null;
  readonly createdAt: number;
  readonly state: SpareState;
}

type Facts = Pick<Sandbox, 'generation' | 'observedState' | 'observedGeneration'>;

export function spareStateOf({ generation, observedState, observedGeneration }: Facts): SpareState {
  if (observedGeneration < generation || observedState === 'starting') return 'starting';
  return observedState === 'running' ? 'ready' : 'ended';
}
