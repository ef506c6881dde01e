import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from '../failure.js';
import { bold, dim, print, yellow } from '../output.js';
import { ROOT } from '../paths.js';
import { readSettings, type UpFlags } from '../settings.js';

interface Tally {
  readonly added: readonly string[];
  readonly known: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

type Report = Readonly<Record<'cargos' | 'sandboxes', Tally>>;

/** The part of `src/import/run-import.ts` that is used here. */
interface Importer {
  runImport(request: {
    env: NodeJS.ProcessEnv;
    cwd: string;
    from: string;
    fromDir: string;
    dryRun: boolean;
  }): Promise<Report>;
}

export interface ImportFlags extends Pick<UpFlags, 'config' | 'driver'> {
  readonly from: string;
  readonly dryRun?: boolean;
}

/** Takes over the cargos and sandboxes of an older generation's database. */
export const importOlder = async ({ from, dryRun = false, ...flags }: ImportFlags): Promise<void> => {
  const { env } = await readSettings(flags);
  const module = pathToFileURL(join(ROOT, 'dist/src/import/run-import.js')).href;
  const { runImport } = (await import(module)) as Importer;
  try {
    printReport(await runImport({ env, cwd: ROOT, from, fromDir: process.cwd(), dryRun }), dryRun);
  } catch (error) {
    if ((error as Error).name !== 'BayError') throw error;
    throw new Failure((error as Error).message, ['What was taken over so far stays; the command can be repeated.']);
  }
};

const printReport = (report: Report, dryRun: boolean): void => {
  const columns = [dryRun ? 'would be added' : 'added', 'there already', 'skipped'];
  const line = (cells: readonly (string | number)[]): string =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(11) : String(cell).padStart(16))).join('');
  print(`  ${bold(line(['', ...columns]))}`);
  for (const kind of ['cargos', 'sandboxes'] as const) {
    const { added, known, skipped } = report[kind];
    print(`  ${line([kind, added.length, known.length, skipped.length])}`);
  }
  for (const { id, reason } of [...report.cargos.skipped, ...report.sandboxes.skipped]) {
    print(`  ${yellow('!')} ${id} ${dim(`was skipped: ${reason}`)}`);
  }
};
