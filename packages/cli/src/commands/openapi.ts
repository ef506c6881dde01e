import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from '../failure.js';
import { print } from '../output.js';
import { ROOT } from '../paths.js';

const FILE = join(ROOT, 'openapi.json');

/** The part of `src/openapi/preview.ts` that is used here. */
interface Preview {
  previewOpenApi(): Promise<string>;
}

/** Writes what the code says about the API into `openapi.json`; with `check`, fails when the file says something else. */
export const openapi = async (flags: { check?: boolean }): Promise<void> => {
  const module = pathToFileURL(join(ROOT, 'dist/src/openapi/preview.js')).href;
  const { previewOpenApi } = (await import(module)) as Preview;
  const text = await previewOpenApi();
  const committed = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  if (!flags.check) {
    writeFileSync(FILE, text);
    return print(`  openapi.json ${text === committed ? 'was up to date' : 'is written'}`);
  }
  if (text !== committed) {
    throw new Failure('openapi.json is not what the code says.', ['Run ./bay openapi and commit it.']);
  }
  print('  openapi.json is up to date');
};
