import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { dockerAbsence, localAbsence, type TestedDriver } from '../support/engines.js';
import { atOnce } from './at-once.row.js';
import { IMAGE, MeasuredBay } from './bay.js';
import { calls } from './calls.row.js';
import { churn } from './churn.row.js';
import { type Figure, isHeld } from './figures.js';
import { idleMemory } from './idle-memory.row.js';
import { describeMachine } from './machine.js';
import { writeMarkdown } from './markdown-file.js';
import { pool } from './pool.row.js';
import { type Report, toLine, toMarkdown } from './report.js';
import { requests } from './requests.row.js';
import { type Row } from './rows.js';
import { starting } from './starting.row.js';
import { starts } from './starts.row.js';
import { transfers } from './transfers.row.js';

const ROWS: readonly Row[] = [calls, starts, pool, starting, idleMemory, transfers, atOnce, requests, churn];
const DRIVERS: readonly TestedDriver[] = ['docker-host', 'local'];

const USAGE = `./bay bench [--only <name>[,<name>…]] [--driver docker-host|local] [--json FILE] [--markdown FILE]

Measures Bay against floors that are measured in turns with it. Ends with 1 when a figure misses its limit.
Names: ${ROWS.map(({ name }) => name).join(', ')}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      driver: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return print(USAGE);
  const report = await measure(choose(values.only), values.driver);
  const markdown = toMarkdown(report);
  print(`\n${markdown}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (values.markdown) writeMarkdown(values.markdown, markdown);
  if (!report.figures.every(isHeld)) process.exitCode = 1;
}

function choose(only: string | undefined): readonly Row[] {
  const names = only?.split(',') ?? ROWS.map(({ name }) => name);
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}.\n\n${USAGE}`);
  return ROWS.filter(({ name }) => names.includes(name));
}

async function measure(rows: readonly Row[], only: string | undefined): Promise<Report> {
  const at = new Date().toISOString();
  const machine = await describeMachine();
  const figures: Figure[] = [];
  const skipped: { row: string; driver: string; because: string }[] = [];
  for (const driver of DRIVERS.filter((name) => only === undefined || name === only)) {
    const absence = driver === 'local' ? await localAbsence() : await dockerAbsence(IMAGE);
    for (const row of rows.filter(({ drivers }) => drivers.includes(driver))) {
      if (absence !== null) skipped.push({ row: row.name, driver, because: absence });
      else await measureRow(row, driver, figures);
    }
  }
  return { at, machine, figures, skipped };
}

/** Each on a Bay of its own, so that no row finds what another one left in caches and memory. */
async function measureRow(row: Row, driver: TestedDriver, figures: Figure[]): Promise<void> {
  const bay = await MeasuredBay.start(driver, row.env);
  try {
    await row.measure(bay, (figure) => {
      figures.push(figure);
      process.stderr.write(`${toLine(figure)}\n`);
    });
  } finally {
    await bay.end();
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
