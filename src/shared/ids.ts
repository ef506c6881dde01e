import { randomUUID } from 'node:crypto';

/** Rows keep a UUIDv4; `/v1` shows a prefix and its first twelve hex digits. */
export type IdPrefix = 'sandbox' | 'ws' | 'sess' | 'exec' | 'key';

export const newUuid = (): string => randomUUID();

/** `sandbox-0123456789ab` of `01234567-89ab-…`. */
export const publicId = (prefix: IdPrefix, uuid: string): string =>
  `${prefix}-${uuid.replaceAll('-', '').slice(0, 12)}`;

/** A new UUID that shows as `id`, for one that comes without; `null` when `id` is none of that prefix. */
export function uuidBehind(prefix: IdPrefix, id: string): string | null {
  const [, high, low] = new RegExp(`^${prefix}-([0-9a-f]{8})([0-9a-f]{4})$`).exec(id) ?? [];
  return high && low ? `${high}-${low}${newUuid().slice('01234567-89ab'.length)}` : null;
}
