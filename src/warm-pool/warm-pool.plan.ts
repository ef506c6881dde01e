import { type SpareSeen } from '../sandboxes/spare.js';

export type PlannedSpare = Pick<SpareSeen, 'id' | 'key' | 'image' | 'createdAt' | 'state'>;

/** What a pool should be. */
export interface PoolTarget {
  /** Spares that it should have; 0 for a profile that is gone, and while Bay goes down. */
  readonly size: number;
  /** How many more there may be for a while: those that wait for their successors. */
  readonly overlap: number;
  /** What its spares are made from now. */
  readonly key: string;
  /** Null where nobody can tell: then none is outdated by it. */
  readonly image: string | null;
  readonly maxAgeMs: number;
  readonly startsAtOnce: number;
  /** By the pace of its failures. */
  readonly startsAllowed: number;
}

/**
 * Why a spare goes.
 * - `ended`: it did not start, or ended by itself
 * - `outdated`: profile or image are others by now
 * - `surplus`: there are more than there should be
 * - `aged`: its successor is there
 */
export type RetireReason = 'ended' | 'outdated' | 'surplus' | 'aged';

export interface PoolStep {
  readonly retire: readonly { readonly id: string; readonly reason: RetireReason }[];
  /** How many to start. */
  readonly open: number;
}

/** Decides what one pool needs, from what it should be and what is there (the oldest first). Pure. */
export function planPool(target: PoolTarget, spares: readonly PlannedSpare[], now: number): PoolStep {
  const ended = spares.filter(({ state }) => state === 'ended');
  const living = spares.filter(({ state }) => state !== 'ended');
  const outdated = living.filter((spare) => isOutdated(spare, target));
  const fitting = living.filter((spare) => !isOutdated(spare, target));
  const aged = leastLossFirst(fitting.filter((spare) => isAged(spare, target, now)));
  const fresh = fitting.filter((spare) => !isAged(spare, target, now));

  const surplus = leastLossFirst(fresh).slice(0, Math.max(0, fresh.length - target.size));
  const kept = fresh.filter((spare) => !surplus.includes(spare));

  const starting = kept.filter(isStarting).length;
  const stillNeeded = Math.max(0, target.size - (kept.length - starting));
  const missing = target.size - kept.length;
  const mayOpen = Math.max(0, Math.min(missing, target.startsAllowed, target.startsAtOnce - starting));
  let waiting = aged.slice(Math.max(0, aged.length - stillNeeded));
  // Without room beside it, an aged one goes before its successor comes: otherwise it would stay for ever.
  const room = () => target.size + target.overlap - kept.length - waiting.length;
  if (mayOpen > 0 && room() <= 0 && starting === 0) waiting = waiting.slice(1);
  const replaced = aged.filter((spare) => !waiting.includes(spare));

  const because = (reason: RetireReason) => (spare: PlannedSpare) => ({ id: spare.id, reason });
  return {
    retire: [
      ...ended.map(because('ended')),
      ...outdated.map(because('outdated')),
      ...surplus.map(because('surplus')),
      ...replaced.map(because('aged')),
    ],
    open: Math.max(0, Math.min(mayOpen, room())),
  };
}

/** Shares what there is room for: each profile in turn gets its size as far as it goes, and the rest is for overlaps. */
export function allot(sizes: readonly number[], room: number): { readonly sizes: number[]; readonly left: number } {
  let left = room;
  const given = sizes.map((size) => {
    const part = Math.min(size, left);
    left -= part;
    return part;
  });
  return { sizes: given, left };
}

/** What has not started yet is the least loss; of the others the oldest would go next anyway. */
const leastLossFirst = (spares: readonly PlannedSpare[]): PlannedSpare[] => [
  ...spares.filter(isStarting),
  ...spares.filter((spare) => !isStarting(spare)),
];

const isStarting = ({ state }: PlannedSpare): boolean => state === 'starting';

const isOutdated = (spare: PlannedSpare, { key, image }: PoolTarget): boolean =>
  spare.key !== key || (image !== null && spare.image !== null && spare.image !== image);

const isAged = ({ createdAt }: PlannedSpare, { maxAgeMs }: PoolTarget, now: number): boolean =>
  now - createdAt >= maxAgeMs;
