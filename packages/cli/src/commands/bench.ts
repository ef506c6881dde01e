import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Failure } from '../failure.js';
import { ROOT } from '../paths.js';

const ENTRY = join(ROOT, 'test/perf/main.ts');
/** Below the repository, so that the packages of node_modules are found from it. */
const BUNDLE = join(ROOT, '.bay/build/perf.mjs');

/** Compiles `test/perf` and runs it with the arguments as they are. Its exit code is ours. */
export const bench = async (args: readonly string[]): Promise<void> => {
  if (!existsSync(ENTRY)) throw new Failure('This tree has no benchmark (test/perf/main.ts).');
  await build({
    entryPoints: [ENTRY],
    outfile: BUNDLE,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const child = spawn(process.execPath, ['--enable-source-maps', BUNDLE, ...args], { cwd: ROOT, stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
  process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
};
