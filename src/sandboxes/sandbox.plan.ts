import { type GroupState } from '../drivers/driver.js';
import { type SessionState } from '../sessions/session.js';
import { type DesiredState, type ObservedState } from './sandbox.js';

export interface PlannedSandbox {
  readonly desiredState: DesiredState;
  readonly generation: number;
  readonly observedState: ObservedState;
  readonly observedGeneration: number;
}

/** The session that has not ended, and what the engine says of its group. */
export interface PlannedSession {
  readonly state: Exclude<SessionState, 'ended'>;
  readonly generation: number;
  /** By when it must have become ready. */
  readonly startDeadline: number;
  /** `unknown` where nobody asked the engine: a running session is believed until there is a reason to doubt. */
  readonly seen: GroupState | 'unknown';
}

export type Step =
  /** Nothing to do. */
  | { readonly type: 'rest' }
  /** Write a session's row, before anything exists on the engine. */
  | { readonly type: 'open_session' }
  /** Make, start and initialise the group; repeatable from the start. */
  | { readonly type: 'bring_up' }
  /** Note that the start took too long, so that waiting calls are answered. What is left is removed by the next step. */
  | { readonly type: 'time_out' }
  /** Note that a running session ended by itself. */
  | { readonly type: 'lose' }
  /** Remove the group and end the session's row. */
  | { readonly type: 'end_session' }
  /** Remove the managed workspace of a deleted sandbox. */
  | { readonly type: 'remove_workspace' }
  /** Note that all of it is done. */
  | { readonly type: 'observe'; readonly state: 'stopped' | 'deleted' };

/** Decides the next step from what is wanted and what was seen. Pure; every combination is a row of its test. */
export function plan(sandbox: PlannedSandbox, session: PlannedSession | null, now: number): Step {
  return sandbox.desiredState === 'running' ? planRunning(sandbox, session, now) : planGone(sandbox, session);
}

function planGone(sandbox: PlannedSandbox, session: PlannedSession | null): Step {
  if (session) return { type: 'end_session' };
  const state = sandbox.desiredState === 'deleted' ? 'deleted' : 'stopped';
  if (isObserved(sandbox) && sandbox.observedState === state) return { type: 'rest' };
  return state === 'deleted' ? { type: 'remove_workspace' } : { type: 'observe', state };
}

function planRunning(sandbox: PlannedSandbox, session: PlannedSession | null, now: number): Step {
  const gaveUp = isObserved(sandbox) && (sandbox.observedState === 'failed' || sandbox.observedState === 'lost');
  if (!session) return gaveUp ? { type: 'rest' } : { type: 'open_session' };
  if (gaveUp || session.generation < sandbox.generation) return { type: 'end_session' };
  return session.state === 'running' ? planHealthy(session) : planStarting(session, now);
}

function planHealthy(session: PlannedSession): Step {
  return session.seen === 'running' || session.seen === 'unknown' ? { type: 'rest' } : { type: 'lose' };
}

function planStarting(session: PlannedSession, now: number): Step {
  if (now >= session.startDeadline) return { type: 'time_out' };
  // What dies while it is brought up fails there. Broken before that, it was left half-made by a crash: begin anew.
  return session.seen === 'broken' ? { type: 'end_session' } : { type: 'bring_up' };
}

const isObserved = (sandbox: PlannedSandbox): boolean => sandbox.observedGeneration >= sandbox.generation;
