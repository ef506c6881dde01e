import { dim, green, red, yellow } from '../output.js';

/** Written as a word, or as the number that pino has for it. */
const LEVELS: readonly (readonly [string, number, (text: string) => string])[] = [
  ['fatal', 60, red],
  ['error', 50, red],
  ['warn', 40, yellow],
  ['info', 30, green],
  ['debug', 20, dim],
  ['trace', 10, dim],
];
/** Said by the rest of the line, or by the terminal. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'context', 'request_id', 'err']);
const ERROR_LEVEL = 50;

interface LoggedError {
  readonly message?: string;
  readonly stack?: string;
}

/** One record of the log as a person reads it; what is no record stays as it is. Stacks are shown for errors only. */
export const formatLogLine = (line: string): string => {
  const record = parse(line);
  if (!record) return line;
  const written = record['level'];
  const [name, level, colour] = LEVELS.find((known) => known.some((form) => form === written)) ?? ['?', 0, dim];
  const facts = Object.entries(record)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const error = record['err'] as LoggedError | undefined;
  const text = [String(record['msg'] ?? ''), error?.message].filter(Boolean).join(': ');
  const stack = level >= ERROR_LEVEL && error?.stack ? `\n${indent(error.stack)}` : '';
  return `${dim(timeOf(record['time']))} ${colour(name.toUpperCase().padEnd(5))} ${text}${facts ? `  ${dim(facts)}` : ''}${stack}`;
};

const parse = (line: string): Record<string, unknown> | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // Cut off by a crash: shown as it is.
    return undefined;
  }
};

const timeOf = (time: unknown): string => {
  const at = new Date(typeof time === 'number' || typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(at.getTime()) ? '--:--:--' : at.toTimeString().slice(0, 8);
};

const indent = (stack: string): string =>
  stack
    .split('\n')
    .slice(1)
    .map((frame) => `    ${frame.trim()}`)
    .join('\n');
