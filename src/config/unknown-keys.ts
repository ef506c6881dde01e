import type * as v from 'valibot';
import { isTree, type Path, type Tree } from './tree.js';

/** The parts of a valibot schema that describe keys. */
interface Described {
  readonly type: string;
  readonly wrapped?: v.GenericSchema;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly item?: v.GenericSchema;
  readonly pipe?: readonly { readonly type: string; readonly metadata?: Readonly<Record<string, unknown>> }[];
}

export interface StrayKeys {
  /** Keys that nothing knows, each with its nearest known neighbour. */
  readonly unknown: readonly { readonly path: Path; readonly suggestion: string | undefined }[];
  /** Keys that are accepted for the sake of older configurations. */
  readonly ignored: readonly Path[];
}

export function findStrayKeys(schema: v.GenericSchema, tree: Tree): StrayKeys {
  const found = { unknown: [] as { path: Path; suggestion: string | undefined }[], ignored: [] as Path[] };
  visit(schema, tree, []);
  return found;

  function visit(wrapped: v.GenericSchema, value: unknown, path: Path): void {
    const described = unwrap(wrapped);
    if (isIgnored(described, value)) found.ignored.push(path);
    const { item, entries } = described;
    if (item && Array.isArray(value)) value.forEach((one, index) => visit(item, one, [...path, index]));
    if (!entries || !isTree(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const known = Object.hasOwn(entries, key) ? entries[key] : undefined;
      if (!known) found.unknown.push({ path: [...path, key], suggestion: nearest(key, Object.keys(entries)) });
      else if (inner !== null) visit(known, inner, [...path, key]);
    }
  }
}

const isIgnored = ({ pipe = [] }: Described, value: unknown): boolean =>
  pipe.some(({ metadata }) => metadata?.['ignored'] && metadata['harmless'] !== value);

function unwrap(schema: v.GenericSchema): Described {
  // valibot types a generic schema without the members of its concrete kinds; `type` is common to all.
  const described = schema as unknown as Described;
  return described.wrapped ? unwrap(described.wrapped) : described;
}

/** The known key with the fewest edits, if that is few enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((key) => ({ key, edits: distance(word, key) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.key : undefined;
}

/** Levenshtein's distance, by rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
