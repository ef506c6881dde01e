import { readdirSync } from 'node:fs';
import { readProc } from './process-identity.js';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Open files that Bay was itself started with and that every child would inherit: Node closes low ones and its own only. A
 * sandbox must not get them.
 */
export const inheritedDescriptors = (): number[] =>
  readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => {
      const flags = /^flags:\s*(\d+)$/m.exec(readProc(`/proc/self/fdinfo/${descriptor}`) ?? '')?.[1];
      return descriptor > 2 && flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
    });

/** `stdio` with every inherited file replaced by `empty`, a descriptor of nothing. */
export const coverInherited = <T>(
  stdio: readonly T[],
  inherited: readonly number[],
  empty: number,
): (T | number | 'ignore')[] => {
  const highest = Math.max(stdio.length - 1, ...inherited);
  // Above the first three, `ignore` leaves a descriptor as it is.
  return Array.from({ length: highest + 1 }, (_, descriptor) => {
    const given = stdio[descriptor];
    if (given !== undefined) return given;
    return inherited.includes(descriptor) ? empty : 'ignore';
  });
};
