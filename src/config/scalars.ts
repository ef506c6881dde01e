import * as v from 'valibot';
import { parseBytes } from '../shared/units.js';

/**
 * Scalars of the configuration. A value comes from YAML (typed) or from the environment (always text), so that each reads
 * both; the message says what would have been right. `NOTHING` marks "cannot be read".
 */
const NOTHING = Symbol('nothing');

const scalar = <T>(read: (value: unknown) => T | typeof NOTHING, wanted: string) =>
  v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (value !== NOTHING) return value;
      addIssue({ message: `must be ${wanted}.` });
      return NEVER;
    }),
  );

const asNumber = (value: unknown): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
};

export const whole = (min: number, max: number) =>
  scalar((value) => {
    const number = asNumber(value);
    return Number.isInteger(number) && number >= min && number <= max ? number : NOTHING;
  }, `a whole number from ${min} to ${max}`);

/** A number above zero. */
export const positive = (max: number) =>
  scalar((value) => {
    const number = asNumber(value);
    return number > 0 && number <= max ? number : NOTHING;
  }, `a number above 0, at most ${max}`);

const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];

export const flag = () =>
  scalar((value) => {
    const word = String(value).toLowerCase();
    return TRUE.includes(word) ? true : FALSE.includes(word) ? false : NOTHING;
  }, 'true or false');

export const size = (minBytes: number) =>
  scalar((value) => {
    const bytes = typeof value === 'string' || typeof value === 'number' ? parseBytes(value) : undefined;
    return bytes !== undefined && bytes >= minBytes ? bytes : NOTHING;
  }, `a size such as 512m, 1g or 1Gi, at least ${minBytes} bytes`);

/** Text that is not empty; numbers and booleans are read as they are written. */
export const text = () =>
  scalar((value) => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return typeof value === 'string' && value.trim() !== '' ? value : NOTHING;
  }, 'text');

export const matching = (pattern: RegExp, wanted: string) =>
  scalar((value) => (typeof value === 'string' && pattern.test(value) ? value : NOTHING), wanted);

export const oneOf = <const T extends string>(words: readonly T[]) =>
  scalar((value) => words.find((word) => word === value) ?? NOTHING, `one of: ${words.join(', ')}`);

/** Text to text; the names must be usable as environment variables. */
export const environment = () =>
  scalar((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOTHING;
    const pairs = Object.entries(value).map(
      ([name, content]) => [name, content === null ? '' : String(content)] as const,
    );
    return pairs.every(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) ? Object.fromEntries(pairs) : NOTHING;
  }, 'a mapping from variable names (letters, digits, _) to text');

/**
 * Known from the older generation, without a meaning here: accepted and reported, never fatal. `harmless` is the value that
 * says what Bay does anyway; it is not worth a word.
 */
export const ignored = (harmless?: string) => v.pipe(v.unknown(), v.metadata({ ignored: true, harmless }));
