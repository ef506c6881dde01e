import { type GroupUsage } from './driver.js';

/** Of those members that run; null when none does. */
export function sumUsage(members: readonly (GroupUsage | null)[]): GroupUsage | null {
  const running = members.filter((one) => one !== null);
  if (running.length === 0) return null;
  return {
    memoryBytes: running.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    cpuSec: running.reduce((sum, { cpuSec }) => sum + cpuSec, 0),
  };
}
