import { type Figure, isHeld, isRate, type Summary } from './figures.js';
import { type Machine } from './machine.js';

export interface Report {
  readonly at: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  /** Rows that were not measured, and why. */
  readonly skipped: readonly { readonly row: string; readonly driver: string; readonly because: string }[];
}

const HEAD = ['what', 'driver', 'Bay', 'floor', 'Bay to floor', 'reach', ''];

/** The report as a Markdown table with the machine's facts below it. */
export function toMarkdown({ at, machine, figures, skipped }: Report): string {
  const rows = figures.map((figure) => [
    figure.what,
    figure.driver,
    show(figure.bay, figure.unit),
    figure.floor ? `${show(figure.floor, figure.unit)} ${figure.floor.what}` : '',
    compared(figure),
    reach(figure),
    figure.comparison.limit === null ? '' : isHeld(figure) ? 'held' : '**missed**',
  ]);
  const table = [HEAD, HEAD.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const engines = [machine.docker, machine.bubblewrap].filter((engine) => engine !== null).join('; ');
  return [
    ...table,
    '',
    'Each figure is the median, in brackets the 95th percentile and the number of samples.',
    '',
    `Measured ${at.slice(0, 10)} on ${machine.cores} cores (${machine.cpu}), ${machine.memory_gib} GiB, ${machine.kernel}` +
      ` ${machine.arch}, Node ${machine.node}; ${engines}; load before the start ${machine.load}.`,
    ...skipped.map(({ row, driver, because }) => `\nNot measured: ${row} on ${driver}, because ${because}`),
    '',
  ].join('\n');
}

/** One line for people who wait. */
export const toLine = (figure: Figure): string =>
  [
    figure.what,
    `[${figure.driver}]`,
    show(figure.bay, figure.unit),
    ...(figure.floor ? [`floor ${show(figure.floor, figure.unit)}`] : []),
    ...(figure.comparison.by === 'value' ? [] : [compared(figure)]),
    ...(figure.comparison.limit === null ? [] : [`${reach(figure)} ${isHeld(figure) ? 'held' : 'MISSED'}`]),
  ].join('  ');

const show = ({ median, p95, samples }: Summary, unit: string): string =>
  `${round(median)} ${unit} (${samples === 1 ? '' : `${round(p95)}, `}n=${samples})`;

function compared({ comparison: { by, value }, unit }: Figure): string {
  if (by === 'ratio') return `× ${value.toFixed(2)}`;
  return by === 'difference' ? `${value < 0 ? '−' : '+'} ${round(Math.abs(value))} ${unit}` : '';
}

function reach({ comparison: { by, limit }, unit }: Figure): string {
  if (limit === null) return '';
  const sign = isRate(unit) ? '≥' : '≤';
  return by === 'ratio' ? `${sign} × ${limit}` : `${sign} ${limit} ${unit}`;
}

const round = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
