/** Timestamps of the published `/v1`: UTC without a zone, padded to microseconds (`2026-11-22T17:00:49.654000`). */
export const naiveUtc = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, -1)}000`;

export const naiveUtcOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : naiveUtc(epochMs));
