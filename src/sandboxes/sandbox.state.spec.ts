import { type DesiredState, type ObservedState } from './sandbox.js';
import { statusOf } from './sandbox.state.js';

const facts = (desiredState: DesiredState, observedState: ObservedState, observedGeneration = 2) => ({
  desiredState,
  observedState,
  observedGeneration,
  generation: 2,
  expiresAt: null,
});

describe('the status that clients see', () => {
  it.each<[DesiredState, ObservedState, number, string]>([
    ['stopped', 'none', 2, 'idle'],
    ['stopped', 'running', 1, 'idle'],
    ['stopped', 'stopped', 2, 'idle'],
    ['running', 'none', 1, 'starting'],
    ['running', 'starting', 2, 'starting'],
    ['running', 'running', 1, 'starting'],
    ['running', 'running', 2, 'ready'],
    ['running', 'failed', 2, 'failed'],
    ['running', 'failed', 1, 'starting'],
    ['running', 'lost', 2, 'idle'],
  ])('wanted %s, seen %s at generation %i of 2: %s', (desired, observed, generation, status) => {
    expect(statusOf(facts(desired, observed, generation), 0)).toBe(status);
  });

  it('is expired from the very instant of the expiry on, whatever runs', () => {
    const sandbox = { ...facts('running', 'running'), expiresAt: 100 };
    expect(statusOf(sandbox, 99)).toBe('ready');
    expect(statusOf(sandbox, 100)).toBe('expired');
  });
});
