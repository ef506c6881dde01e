import { randomUUID } from 'node:crypto';

/** Rows keep a UUIDv4; `/v1` shows a prefix and its first twelve hex digits. */
export type IdPrefix = 'sandbox' | 'ws' | 'sess' | 'exec';

export const newUuid = (): string => randomUUID();

/** `sandbox-0123456789ab` of `01234567-89ab-…`. */
export const publicId = (prefix: IdPrefix, uuid: string): string =>
  `${prefix}-${uuid.replaceAll('-', '').slice(0, 12)}`;
