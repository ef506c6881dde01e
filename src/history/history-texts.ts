/** What of an execution's output stands in its row, characters; the whole of a longer one is a payload. */
export const ROW_TEXT = 65_536;

/** PostgreSQL's texts hold no NUL, which a program may well write. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD');

/** Null for none: trimmed, each once, in order. */
export function normalTags(tags: string | null): string | null {
  const words = storable(tags ?? '')
    .split(',')
    .map((word) => word.trim());
  return [...new Set(words)].filter(Boolean).sort().join(',') || null;
}

export interface BoundedTexts {
  readonly output: string | null;
  readonly error: string | null;
  readonly isCut: boolean;
}

export function boundedTexts(output: string | null, error: string | null, limit = ROW_TEXT): BoundedTexts {
  const isCut = (output?.length ?? 0) > limit || (error?.length ?? 0) > limit;
  return { output: output && storable(cut(output, limit)), error: error && storable(cut(error, limit)), isCut };
}

export function cut(text: string, limit = ROW_TEXT): string {
  if (text.length <= limit) return text;
  // Not between the halves of one character.
  const end = isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
  return `${text.slice(0, end)}\n… (${text.length - end} more characters)`;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
