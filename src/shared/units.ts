const POWERS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  ki: 2 ** 10,
  kib: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  mi: 2 ** 20,
  mib: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  gi: 2 ** 30,
  gib: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
  ti: 2 ** 40,
  tib: 2 ** 40,
};

const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i;

/**
 * Bytes of `512m`, `1g`, `512Mi`, `1Gi`, `1.5g` or plain bytes. Every unit is a power of 1024, as engines read `--memory`.
 * `undefined` when it is no size, or not a whole number of bytes that a double holds exactly.
 */
export function parseBytes(size: string | number): number | undefined {
  const match = SIZE.exec(String(size));
  const power = POWERS[match?.[2]?.toLowerCase() ?? 'none'];
  if (!match || power === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
