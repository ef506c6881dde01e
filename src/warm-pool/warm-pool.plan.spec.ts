import {
  allot,
  planPool,
  type PlannedSpare,
  type PoolStep,
  type PoolTarget,
  type RetireReason,
} from './warm-pool.plan.js';

const NOW = 1_000_000;
const MAX_AGE_MS = 1_000;
const TARGET: PoolTarget = {
  size: 2,
  overlap: 2,
  key: 'k',
  image: 'i',
  maxAgeMs: MAX_AGE_MS,
  startsAtOnce: 2,
  startsAllowed: Infinity,
};

/** A kind of spare: its state, and why it would have to go. */
const STATES = ['starting', 'ready', 'ended'] as const;
const FITS = ['fresh', 'aged', 'outdated'] as const;
type Kind = `${(typeof STATES)[number]} ${(typeof FITS)[number]}`;
const KINDS = STATES.flatMap((state) => FITS.map((fit): Kind => `${state} ${fit}`));

function spare(kind: Kind, index: number): PlannedSpare {
  const [state, fit] = kind.split(' ') as [PlannedSpare['state'], (typeof FITS)[number]];
  const createdAt = NOW - (fit === 'aged' ? MAX_AGE_MS : MAX_AGE_MS - 1);
  return { id: `${index} ${kind}`, state, key: fit === 'outdated' ? 'other' : 'k', image: 'i', createdAt };
}
const spares = (kinds: readonly Kind[]): PlannedSpare[] => kinds.map(spare);
const shown = ({ retire, open }: PoolStep) => [
  ...retire.map(({ id, reason }) => `${id.slice(2)}: ${reason}`),
  ...(open > 0 ? [`open ${open}`] : []),
];

describe('a pool', () => {
  it.each<[string, Partial<PoolTarget>, Kind[], string[]]>([
    ['that is empty is filled', {}, [], ['open 2']],
    ['that is full rests', {}, ['ready fresh', 'ready fresh'], []],
    ['counts what is on its way', {}, ['starting fresh', 'ready fresh'], []],
    ['starts a few at a time', { size: 9 }, ['starting fresh'], ['open 1']],
    ['starts none beside as many as may start', { size: 9 }, ['starting fresh', 'starting fresh'], []],
    ['starts one to see whether it works again', { startsAllowed: 1 }, [], ['open 1']],
    ['starts none while it waits after a failure', { startsAllowed: 0 }, [], []],
    ['gives up what has ended', {}, ['ended fresh', 'ready fresh', 'ready fresh'], ['ended fresh: ended']],
    ['replaces what has ended', {}, ['ended fresh', 'ready fresh'], ['ended fresh: ended', 'open 1']],
    [
      'that is too large loses what starts, then the oldest',
      { size: 1 },
      ['ready fresh', 'ready fresh', 'starting fresh'],
      ['starting fresh: surplus', 'ready fresh: surplus'],
    ],
    [
      'of no size goes',
      { size: 0 },
      ['ready fresh', 'starting fresh'],
      ['starting fresh: surplus', 'ready fresh: surplus'],
    ],
    ['of no size loses its aged ones, too', { size: 0 }, ['ready aged'], ['ready aged: aged']],
    [
      'of another profile goes at once, and is made anew',
      { size: 1 },
      ['ready outdated'],
      ['ready outdated: outdated', 'open 1'],
    ],
    ['keeps an aged one until its successor is there', { size: 1 }, ['ready aged'], ['open 1']],
    ['waits for the successor', { size: 1 }, ['ready aged', 'starting fresh'], []],
    ['lets the aged one go then', { size: 1 }, ['ready aged', 'ready fresh'], ['ready aged: aged']],
    [
      'without room for both lets it go before',
      { size: 1, overlap: 0 },
      ['ready aged'],
      ['ready aged: aged', 'open 1'],
    ],
    ['without room replaces one after another', { overlap: 0 }, ['ready aged', 'starting fresh'], []],
    ['keeps an aged one while nothing may start', { size: 1, overlap: 0, startsAllowed: 0 }, ['ready aged'], []],
  ])('%s', (_, target, kinds, step) => {
    expect(shown(planPool({ ...TARGET, ...target }, spares(kinds), NOW))).toEqual(step);
  });

  it('made from another build of the image is outdated, where both are known', () => {
    const retired = (image: string | null, now: string | null) =>
      planPool({ ...TARGET, size: 1, image: now }, [{ ...spare('ready fresh', 0), image }], NOW).retire.length;
    expect([retired('old', 'new'), retired('same', 'same'), retired(null, 'new'), retired('old', null)]).toEqual([
      1, 0, 0, 0,
    ]);
  });
});

/** All pools of up to three spares, of each kind, in each target. */
const POOLS = [
  [],
  ...KINDS.map((kind) => [kind]),
  ...KINDS.flatMap((a) => KINDS.map((b) => [a, b])),
  ...KINDS.flatMap((a) => KINDS.flatMap((b) => KINDS.map((c) => [a, b, c]))),
];
const TARGETS = [0, 1, 2, 3].flatMap((size) =>
  [0, 1, 3].flatMap((overlap) =>
    [0, 1, Infinity].flatMap((startsAllowed) =>
      [1, 2].map((startsAtOnce) => ({ ...TARGET, size, overlap, startsAllowed, startsAtOnce })),
    ),
  ),
);
const EVERY = TARGETS.flatMap((target) => POOLS.map((kinds) => ({ target, pool: spares(kinds) })));
const isStarting = ({ state }: PlannedSpare) => state === 'starting';
const after = (pool: readonly PlannedSpare[], { retire }: PoolStep) =>
  pool.filter(({ id }) => !retire.some((one) => one.id === id));
const violations = (check: (target: PoolTarget, pool: PlannedSpare[]) => boolean) =>
  EVERY.filter(({ target, pool }) => !check(target, pool));

describe('every pool', () => {
  it('names each spare once at most, with a reason that is true of it', () => {
    const isTrue = (reason: RetireReason, { id }: PlannedSpare): boolean =>
      reason === 'surplus' ? id.endsWith('fresh') : id.includes(reason);
    const check = (target: PoolTarget, pool: PlannedSpare[]): boolean => {
      const { retire } = planPool(target, pool, NOW);
      const named = retire.map(({ id, reason }) => ({ reason, of: pool.find((one) => one.id === id) }));
      const ids = new Set(retire.map(({ id }) => id));
      return ids.size === retire.length && named.every(({ reason, of }) => of !== undefined && isTrue(reason, of));
    };
    expect(violations(check)).toEqual([]);
  });

  it('loses all that has ended or fits no more', () => {
    const check = (target: PoolTarget, pool: PlannedSpare[]): boolean =>
      !after(pool, planPool(target, pool, NOW)).some(({ id }) => /ended|outdated/.test(id));
    expect(violations(check)).toEqual([]);
  });

  it('never opens more than is missing, than may start, or than there is room for', () => {
    const check = (target: PoolTarget, pool: PlannedSpare[]): boolean => {
      const step = planPool(target, pool, NOW);
      const left = after(pool, step);
      const fresh = left.filter(({ id }) => id.endsWith('fresh'));
      const most = Math.min(target.size - fresh.length, target.startsAllowed);
      const starting = fresh.filter(isStarting).length;
      if (step.open === 0) return true;
      if (step.open > most || step.open + starting > target.startsAtOnce) return false;
      return left.length + step.open <= target.size + target.overlap;
    };
    expect(violations(check)).toEqual([]);
  });

  it('never gives up a spare that a create could have had for one that is not there yet, where there is room', () => {
    const check = (target: PoolTarget, pool: PlannedSpare[]): boolean => {
      if (target.overlap < 3) return true;
      const usable = (spares: readonly PlannedSpare[]) =>
        spares.filter(({ id, state }) => state === 'ready' && !id.endsWith('outdated')).length;
      const left = usable(after(pool, planPool(target, pool, NOW)));
      return left >= Math.min(usable(pool), target.size);
    };
    expect(violations(check)).toEqual([]);
  });

  it('comes to rest with as many fresh ones as it should have, if they start', () => {
    const check = (target: PoolTarget, pool: PlannedSpare[]): boolean => {
      if (target.startsAllowed === 0) return true;
      let spares = pool;
      for (let look = 0; look < 30; look += 1) {
        const step = planPool(target, spares, NOW);
        if (step.open === 0 && step.retire.length === 0 && !spares.some(isStarting)) break;
        const opened = Array.from({ length: step.open }, (_, i) => spare('starting fresh', 100 * look + i));
        // What started before has come up meanwhile.
        const up = after(spares, step).map((one) => ({ ...one, state: 'ready' as const }));
        spares = [...up, ...opened];
      }
      return (
        spares.length === target.size && spares.every(({ id, state }) => state === 'ready' && id.endsWith('fresh'))
      );
    };
    expect(violations(check)).toEqual([]);
  });
});

describe('room', () => {
  it.each<[number[], number, number[], number]>([
    [[2, 3], Infinity, [2, 3], Infinity],
    [[2, 3], 7, [2, 3], 2],
    [[2, 3], 4, [2, 2], 0],
    [[2, 3], 1, [1, 0], 0],
    [[2, 3], 0, [0, 0], 0],
    [[], 5, [], 5],
  ])('for %j where there is room for %d goes to %j', (sizes, room, given, left) => {
    expect(allot(sizes, room)).toEqual({ sizes: given, left });
  });
});
