// Bundles the agent to one file and puts the Python host beside it. CommonJS: it starts faster than a module.
// `node build.mjs [directory]`; by default `dist` here.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = process.argv[2] ?? `${here}dist`;
const { version } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));

rmSync(target, { recursive: true, force: true });
await build({
  entryPoints: [`${here}src/main.ts`],
  outfile: `${target}/ship.cjs`,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  alias: { '@bay/protocol': `${here}../../packages/protocol/src/index.ts` },
  define: { SHIP_VERSION: JSON.stringify(version) },
});
cpSync(`${here}python`, `${target}/python`, { recursive: true, filter: (path) => !path.includes('__pycache__') });
