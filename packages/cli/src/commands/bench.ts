import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Failure } from '../failure.js';
import { ROOT } from '../paths.js';

const SOURCES = join(ROOT, 'test/perf');
/** The benchmark, and a floor that is a program of its own. */
const ENTRIES = { perf: join(SOURCES, 'main.ts'), 'bare-route.main': join(SOURCES, 'bare-route.main.ts') };
/** Below the repository, so that the packages of node_modules are found from it; as deep as the sources. */
const BUNDLES = join(ROOT, '.bay/build');

/** Compiles `test/perf` and runs it with the arguments as they are. Its exit code is ours. */
export const bench = async (args: readonly string[]): Promise<void> => {
  if (!existsSync(SOURCES)) throw new Failure('This tree has no benchmark (test/perf).');
  await build({
    entryPoints: ENTRIES,
    outdir: BUNDLES,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const child = spawn(process.execPath, ['--enable-source-maps', join(BUNDLES, 'perf.mjs'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
  process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
};
