import { createHash } from 'node:crypto';

/** What must be equal for a request to count as a repetition. */
export interface RequestShape {
  readonly method: string;
  readonly path: string;
  /** Validated, defaults filled in: a default that is written out is the same request. */
  readonly body: unknown;
}

export const fingerprint = ({ method, path, body }: RequestShape): string =>
  createHash('sha256')
    .update(JSON.stringify([method, path, canonical(body)]))
    .digest('hex');

/** Keys in order; what is null or absent is the same. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const pairs = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]);
}
