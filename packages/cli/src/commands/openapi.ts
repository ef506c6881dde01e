import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../failure.js';
import { print } from '../output.js';
import { ROOT } from '../paths.js';
import { Api } from '../server/api.js';
import { freePort } from '../server/port.js';
import { startServer, stopServer } from '../server/start-server.js';
import { readSettings } from '../settings.js';

const FILE = join(ROOT, 'openapi.json');

/** Writes what the server says about its API into `openapi.json`; with `check`, fails when the file says something else. */
export const openapi = async (flags: { check?: boolean }): Promise<void> => {
  const text = `${JSON.stringify(await askServer(), null, 2)}\n`;
  const committed = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  if (!flags.check) {
    writeFileSync(FILE, text);
    return print(`  ${FILE} ${text === committed ? 'was up to date' : 'is written'}`);
  }
  if (text !== committed)
    throw new Failure('openapi.json is not what the server says.', ['Run ./bay openapi and commit it.']);
  print('  openapi.json is up to date');
};

/** A server of its own, with nothing of this machine's data or configuration. */
const askServer = async (): Promise<unknown> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bay-openapi-'));
  try {
    process.env['BAY_DATA_DIR'] = dataDir;
    const settings = await readSettings({ port: await freePort(), driver: 'local' });
    const { server } = await startServer(settings, { name: 'local', why: 'nothing runs in it' });
    try {
      return (await new Api(server.url, undefined).get('/openapi.json')).body;
    } finally {
      await stopServer(server.pid, 10_000);
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
};
