import { type LimitsConfig, type Quota } from '../config/slices.js';
import { type Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { ExecutionSlots } from './execution-slots.js';

let now: number;
beforeEach(() => (now = 1_000_000));

const slots = (executions: Quota) =>
  new ExecutionSlots({ quotas: { executions } } as LimitsConfig, { now: () => now } as Clock);

const refusal = (take: () => unknown): BayError => {
  try {
    take();
  } catch (error) {
    if (error instanceof BayError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};
const takeMany = (from: ExecutionSlots, owner: string, count: number) =>
  Array.from({ length: count }, () => from.take(owner));

describe('a place for an execution', () => {
  it('is refused to an owner who has as many as allowed, and free again when one ends', () => {
    const some = slots({ perOwner: 2, total: 0 });
    const [first] = takeMany(some, 'a', 2);
    const error = refusal(() => some.take('a'));
    expect(error).toMatchObject({ code: 'quota_exceeded', retryAfterMs: 1000 });
    expect(error.details).toEqual({ quota: 'executions', scope: 'owner', limit: 2, current: 2 });
    some.take('b');
    first?.();
    first?.();
    some.take('a');
    refusal(() => some.take('a'));
  });

  it('is refused to everybody when all are taken', () => {
    const some = slots({ perOwner: 0, total: 3 });
    takeMany(some, 'a', 3);
    expect(refusal(() => some.take('b')).details).toMatchObject({ scope: 'installation', limit: 3, current: 3 });
  });

  it('is there for any number where there is no limit', () => {
    takeMany(slots({ perOwner: 0, total: 0 }), 'a', 1_000);
  });

  it('goes to whoever waits before it goes to who has more than a share', () => {
    const some = slots({ perOwner: 0, total: 4 });
    const [one, two, three] = takeMany(some, 'greedy', 4);
    refusal(() => some.take('late'));
    one?.();
    refusal(() => some.take('greedy'));
    some.take('late');
    two?.();
    // Nobody waits any more: places are for anyone again.
    const again = some.take('greedy');
    refusal(() => some.take('late'));
    again();
    refusal(() => some.take('greedy'));
    three?.();
    some.take('late');
  });

  it('is kept for nobody who has given up', () => {
    const some = slots({ perOwner: 0, total: 2 });
    const [one] = takeMany(some, 'greedy', 2);
    refusal(() => some.take('late'));
    one?.();
    refusal(() => some.take('greedy'));
    now += 10_001;
    some.take('greedy');
  });

  it('is left to at least one of each owner', () => {
    const some = slots({ perOwner: 0, total: 2 });
    const [one] = takeMany(some, 'a', 2);
    for (const owner of ['b', 'c', 'd']) refusal(() => some.take(owner));
    one?.();
    some.take('d');
  });
});
