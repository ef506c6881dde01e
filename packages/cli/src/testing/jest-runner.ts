import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../paths.js';
import { readJson } from '../server/run-file.js';

/** The projects of `jest.config.mjs`, the quick ones first. */
export const PROJECTS = ['unit', 'medium', 'medium-postgres', 'contract', 'e2e', 'chaos'] as const;
export type Project = (typeof PROJECTS)[number];

/** Projects that share an engine or the machine's ports: one file at a time. */
const ONE_AT_A_TIME: readonly Project[] = ['contract', 'e2e', 'chaos'];
const TIME_LIMIT_MS: Readonly<Record<Project, number>> = {
  unit: 10 * 60_000,
  medium: 10 * 60_000,
  'medium-postgres': 10 * 60_000,
  contract: 20 * 60_000,
  e2e: 30 * 60_000,
  chaos: 30 * 60_000,
};

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** The lines with which suites said why they were skipped. */
  readonly reasons: readonly string[];
  /** When the runner itself did not end as it should. */
  readonly problem: string | null;
}

/** Runs one project with its output shown, and reads the sums from the report that Jest writes. */
export const runJest = async (project: Project, extra: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> => {
  const dir = mkdtempSync(join(tmpdir(), 'bay-test-'));
  const report = join(dir, 'report.json');
  const startedAt = performance.now();
  try {
    const args = [
      ...['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
      ...['--selectProjects', project, '--passWithNoTests', '--json', `--outputFile=${report}`],
      ONE_AT_A_TIME.includes(project) ? '--runInBand' : '--maxWorkers=2',
      ...(process.stderr.isTTY ? ['--colors'] : []),
      ...extra,
    ];
    const { code, reasons, timedOut } = await runShown(args, env, TIME_LIMIT_MS[project]);
    const sums = readSums(report);
    const problem = timedOut
      ? `it took longer than ${TIME_LIMIT_MS[project] / 60_000} minutes`
      : sums === undefined || (code !== 0 && sums.failed === 0)
        ? `Jest ended with exit code ${code}`
        : null;
    const { passed = 0, failed = 0, skipped = 0 } = sums ?? {};
    // A run that broke off proves nothing, whatever it had counted.
    return {
      passed,
      skipped,
      failed: failed + (problem ? 1 : 0),
      durationMs: performance.now() - startedAt,
      reasons,
      problem,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const readSums = (report: string): { passed: number; failed: number; skipped: number } | undefined => {
  const json = readJson(report);
  if (!json) return undefined;
  const count = (name: string): number => Number(json[name] ?? 0);
  return {
    passed: count('numPassedTests'),
    // A file that does not load has no tests to fail.
    failed: count('numFailedTests') + count('numRuntimeErrorTestSuites'),
    skipped: count('numPendingTests') + count('numTodoTests'),
  };
};

interface Ended {
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly reasons: string[];
}

const runShown = (args: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    // With --json the report goes to standard output as well; people read standard error.
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const reasons = new Set<string>();
    let rest = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const stop = (): void => void child.kill('SIGINT');
    process.once('SIGINT', stop).once('SIGTERM', stop);
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      process.stderr.write(chunk);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (/^skipped, because/.test(line)) reasons.add(line);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve({ code, timedOut, reasons: [...reasons] });
    });
  });
