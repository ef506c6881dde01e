export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

/** Prometheus' text format, read strictly: throws for a line that a scraper would refuse, and for a series that is there twice. */
export function parsePrometheus(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  const lines = text.split('\n').filter((line) => line !== '' && !/^# (HELP|TYPE) \S+/.test(line));
  const samples = lines.map(parseLine);
  const series = new Set(samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()])));
  if (series.size !== samples.length) throw new Error('A series is there twice.');
  return samples;
}

function parseLine(line: string): Sample {
  const [, name, inner = '', written = ''] = LINE.exec(line) ?? [];
  const value = written === '+Inf' ? Infinity : Number(written);
  if (!name || (Number.isNaN(value) && written !== 'Nan')) throw new Error(`Not a line of metrics: ${line}`);
  const pairs = [...inner.matchAll(LABEL)];
  if (pairs.map(([pair]) => pair).join('') !== inner) throw new Error(`Broken labels: ${line}`);
  return { name, value, labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])) };
}

/** Those of that name whose labels hold every given pair. */
export const samplesOf = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}): Sample[] =>
  samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );

/** The only such sample's value; undefined when there is none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const [first, second] = samplesOf(samples, name, labels);
  if (second) throw new Error(`More than one ${name} has ${JSON.stringify(labels)}.`);
  return first?.value;
}
