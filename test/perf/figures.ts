export type Unit = 'ms' | 'MiB' | 'MB/s' | '1/s';

export interface Summary {
  readonly median: number;
  readonly p95: number;
  readonly samples: number;
}

/**
 * How a figure is judged: against its floor as a ratio or as a difference, or by itself where nothing can be below it.
 * `limit` is the most that it may be, of a rate the least; null where there is none to hold.
 */
export interface Comparison {
  readonly by: 'ratio' | 'difference' | 'value';
  readonly value: number;
  readonly limit: number | null;
}

export interface Figure {
  readonly row: string;
  readonly what: string;
  readonly driver: string;
  readonly unit: Unit;
  readonly bay: Summary;
  /** What Bay is compared to, measured in turns with it. */
  readonly floor: (Summary & { readonly what: string }) | null;
  readonly comparison: Comparison;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), samples: sorted.length };
}

const percentile99 = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.99,
  );

/** Between two samples by their distance, so that an even count has a middle. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export interface Measured {
  readonly bay: readonly number[];
  readonly floor: readonly number[];
}

export type Subject = Pick<Figure, 'row' | 'what' | 'driver' | 'unit'>;

interface Against {
  readonly by: 'ratio' | 'difference';
  readonly limit: number | null;
  /** What the floor is: `the agent directly`. */
  readonly floor: string;
}

/** Compares medians. */
export function against(subject: Subject, measured: Measured, { by, limit, floor: what }: Against): Figure {
  const bay = summarize(measured.bay);
  const floor = summarize(measured.floor);
  const value = by === 'ratio' ? bay.median / floor.median : bay.median - floor.median;
  return { ...subject, bay, floor: { ...floor, what }, comparison: { by, value, limit } };
}

/** A figure with a limit of its own, which its median, its 99th percentile or the most of it must keep. */
export function alone(
  subject: Subject,
  values: readonly number[],
  keeps: { limit: number | null; by: 'median' | 'p99' | 'most' },
): Figure {
  const bay = summarize(values);
  const value = { median: bay.median, p99: percentile99(values), most: Math.max(...values) }[keeps.by];
  return { ...subject, bay, floor: null, comparison: { by: 'value', value, limit: keeps.limit } };
}

/** Of a rate more is better, of everything else less. */
export const isRate = (unit: Unit): boolean => unit.endsWith('/s');

export function isHeld({ comparison: { value, limit }, unit }: Figure): boolean {
  if (limit === null) return true;
  return isRate(unit) ? value >= limit : value <= limit;
}

export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export interface Turns {
  readonly warmUp: number;
  readonly samples: number;
}

/** Takes both in turns, so that whatever else the machine does hits both; who goes first changes with each turn. */
export async function inTurns(
  { warmUp, samples }: Turns,
  bay: () => Promise<number>,
  floor: () => Promise<number>,
): Promise<Measured> {
  const measured = { bay: [] as number[], floor: [] as number[] };
  for (let turn = 0; turn < warmUp + samples; turn += 1) {
    const [first, second] = turn % 2 === 0 ? [bay, floor] : [floor, bay];
    const [one, other] = [await first(), await second()];
    if (turn < warmUp) continue;
    measured.bay.push(first === bay ? one : other);
    measured.floor.push(first === bay ? other : one);
  }
  return measured;
}
