import { bold, dim, green, print, printTable, yellow } from '../output.js';
import { apiOf } from '../server/api.js';
import { enforcedControls, findDriverFacts, missingControls, type DriverFacts } from '../server/driver-facts.js';
import { findRunningServer, type RunningServer } from '../server/run-file.js';
import { runningSandboxes } from '../server/sandboxes.js';
import { readSettings, type Settings } from '../settings.js';

/** Of `status --json`; absent values are null. */
interface Status {
  readonly running: boolean;
  readonly ready: boolean;
  readonly pid: number | null;
  readonly url: string | null;
  readonly version: string | null;
  readonly started_at_ms: number | null;
  readonly data_dir: string;
  readonly api_key_file: string | null;
  readonly running_sandboxes: number | null;
  readonly driver: DriverFacts | null;
}

/** Says whether Bay runs; exit code 0 when it is ready and 3 when not, as service managers have it. */
export const status = async (flags: { json?: boolean }): Promise<void> => {
  const settings = await readSettings();
  const server = findRunningServer(settings.data);
  const found = server ? await ask(settings, server) : absent(settings);
  if (flags.json) print(JSON.stringify(found, null, 2));
  else show(found);
  process.exitCode = found.ready ? 0 : 3;
};

const absent = (settings: Settings): Status => ({
  running: false,
  ready: false,
  pid: null,
  url: null,
  version: null,
  started_at_ms: null,
  data_dir: settings.data.dir,
  api_key_file: settings.apiKey ? null : settings.data.credentials,
  running_sandboxes: null,
  driver: null,
});

const ask = async (settings: Settings, server: RunningServer): Promise<Status> => {
  const api = apiOf(server, settings);
  const [health, ready, driver, sandboxes] = await Promise.all([
    orNull(api.get<{ version: string }>('/health')),
    orNull(api.get('/readyz')),
    orNull(findDriverFacts(api)),
    orNull(runningSandboxes(api)),
  ]);
  return {
    ...absent(settings),
    running: true,
    ready: ready !== null,
    pid: server.pid,
    url: api.url,
    version: health?.body.version ?? null,
    started_at_ms: server.startedAtMs,
    running_sandboxes: sandboxes?.length ?? null,
    driver: driver ?? null,
  };
};

/** What a server that is ill cannot say is left out; that it is ill, `ready` says. */
const orNull = <T>(promise: Promise<T>): Promise<T | null> => promise.catch(() => null);

const show = (found: Status): void => {
  if (!found.running) {
    print(`  Bay is ${bold('not running')}. Start it with ./bay up`);
    return printTable([['Data', found.data_dir]]);
  }
  print(`  Bay ${found.version ?? ''} is ${found.ready ? green('ready') : yellow('not ready')}\n`);
  printTable([
    ['URL', found.url ?? undefined],
    ['Process', `${found.pid} ${dim(`since ${since(found.started_at_ms)}`)}`],
    ['Sandboxes', found.running_sandboxes === null ? undefined : `${found.running_sandboxes} running`],
    ['Driver', found.driver ? `${found.driver.name}, ${found.driver.engine}` : undefined],
    ['Enforced', found.driver ? enforcedControls(found.driver).join(', ') : undefined],
    ['Not enforced', (found.driver && missingControls(found.driver).join('; ')) || undefined],
    ['Data', found.data_dir],
  ]);
};

const since = (ms: number | null): string =>
  ms === null || Number.isNaN(ms) ? 'an unknown time' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
