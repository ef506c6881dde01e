import * as v from 'valibot';
import { type GroupHandle } from '../driver.js';
import { BayError } from '../../shared/errors.js';

const HandleData = v.object({
  sessionId: v.string(),
  /** In the order of the group's spec; empty for what is left of a half-made group. */
  members: v.array(v.object({ name: v.string(), id: v.string() })),
});
export type HandleData = v.InferOutput<typeof HandleData>;

export const toHandle = (driver: string, data: HandleData): GroupHandle => ({ driver, version: 1, data: { ...data } });

/** Throws `internal_error` for a handle that this driver did not make: the caller mixed them up. */
export function readHandle(driver: string, handle: GroupHandle): HandleData {
  const data = v.safeParse(HandleData, handle.data);
  if (handle.driver !== driver || handle.version !== 1 || !data.success) {
    throw new BayError('internal_error', `The driver ${driver} got a handle that it did not make.`);
  }
  return data.output;
}
