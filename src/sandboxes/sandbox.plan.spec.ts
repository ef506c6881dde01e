import { type GroupState } from '../drivers/driver.js';
import { plan, type PlannedSandbox, type PlannedSession, type Step } from './sandbox.plan.js';
import { type DesiredState, type ObservedState } from './sandbox.js';

const NOW = 1_000;
const GENERATION = 3;

const DESIRED: DesiredState[] = ['running', 'stopped', 'deleted'];
const OBSERVED: ObservedState[] = ['none', 'starting', 'running', 'stopped', 'failed', 'lost', 'deleted'];
const SEEN: (GroupState | 'unknown')[] = ['unknown', 'absent', 'created', 'running', 'broken'];

const sandbox = (desiredState: DesiredState, observedState: ObservedState, isObserved: boolean): PlannedSandbox => ({
  desiredState,
  generation: GENERATION,
  observedState,
  observedGeneration: isObserved ? GENERATION : GENERATION - 1,
});

const sessions: PlannedSession[] = (['starting', 'running'] as const).flatMap((state) =>
  [GENERATION, GENERATION - 1].flatMap((generation) =>
    [NOW + 1, NOW].flatMap((startDeadline) => SEEN.map((seen) => ({ state, generation, startDeadline, seen }))),
  ),
);

const everything = DESIRED.flatMap((desired) =>
  OBSERVED.flatMap((observed) =>
    [true, false].flatMap((isObserved) =>
      [null, ...sessions].map((session) => ({ sandbox: sandbox(desired, observed, isObserved), session })),
    ),
  ),
);

/** The rules, written once more as a reader would say them. */
function expected({ sandbox: row, session }: (typeof everything)[number]): Step {
  const observed = row.observedGeneration === GENERATION;
  if (row.desiredState !== 'running') {
    if (session) return { type: 'end_session' };
    if (observed && row.observedState === row.desiredState) return { type: 'rest' };
    return row.desiredState === 'deleted' ? { type: 'remove_workspace' } : { type: 'observe', state: 'stopped' };
  }
  const gaveUp = observed && ['failed', 'lost'].includes(row.observedState);
  if (!session) return gaveUp ? { type: 'rest' } : { type: 'open_session' };
  if (gaveUp || session.generation < GENERATION) return { type: 'end_session' };
  if (session.state === 'running') {
    return ['running', 'unknown'].includes(session.seen) ? { type: 'rest' } : { type: 'lose' };
  }
  if (session.startDeadline <= NOW) return { type: 'time_out' };
  return session.seen === 'broken' ? { type: 'end_session' } : { type: 'bring_up' };
}

describe('the plan for a sandbox', () => {
  it('has an answer for every combination of intent, observation, session and engine', () => {
    expect(everything).toHaveLength(3 * 7 * 2 * 41);
    for (const row of everything) {
      expect({ row, step: plan(row.sandbox, row.session, NOW) }).toEqual({ row, step: expected(row) });
    }
  });

  it('asks for one session before anything is on the engine', () => {
    expect(plan(sandbox('running', 'stopped', false), null, NOW)).toEqual({ type: 'open_session' });
  });

  it('leaves a failed start alone until somebody asks again', () => {
    expect(plan(sandbox('running', 'failed', true), null, NOW)).toEqual({ type: 'rest' });
    expect(plan(sandbox('running', 'failed', false), null, NOW)).toEqual({ type: 'open_session' });
  });

  it('begins a start anew that a crash left half-made', () => {
    const half: PlannedSession = { state: 'starting', generation: GENERATION, startDeadline: NOW + 1, seen: 'broken' };
    expect(plan(sandbox('running', 'starting', true), half, NOW)).toEqual({ type: 'end_session' });
    expect(plan(sandbox('running', 'starting', true), null, NOW)).toEqual({ type: 'open_session' });
  });

  it('removes the session of an older start before it opens a new one', () => {
    const old: PlannedSession = { state: 'running', generation: GENERATION - 1, startDeadline: NOW, seen: 'running' };
    expect(plan(sandbox('running', 'running', false), old, NOW)).toEqual({ type: 'end_session' });
  });

  it('removes a volume only after the session is gone, and only for a deleted sandbox', () => {
    const steps = everything.filter((row) => plan(row.sandbox, row.session, NOW).type === 'remove_workspace');
    expect(steps.every((row) => row.session === null && row.sandbox.desiredState === 'deleted')).toBe(true);
  });
});
