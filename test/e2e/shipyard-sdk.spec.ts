import { join } from 'node:path';
import { describeOnEachDriver, REPOSITORY } from '../support/engines.js';
import { PythonClients } from '../support/python-clients.js';
import { describeWith } from '../support/suites.js';
import { useBay } from '../support/use-bay.js';

/** For the whole script on a loaded machine, ms. */
const SCRIPT_MS = 300_000;

/** Name of a check to null, or to the traceback of its failure. */
type Results = Readonly<Record<string, string | null>>;

const SCRIPT = join(REPOSITORY, 'test', 'e2e', 'clients', 'shipyard_sdk.py');
/** As the script lists them, and the one that it adds at the end. */
const CHECKS = [
  'creates_and_finds',
  'prolongs_and_reads_logs',
  'runs_python',
  'runs_commands',
  'handles_files',
  'moves_files',
  'keeps_sessions_apart',
  'tells_errors',
  'the_whole_surface',
];

const clients = await PythonClients.install('shipyard-sdk.txt');
afterAll(() => clients.remove());

await describeOnEachDriver("the first generation's Python client, unchanged (B56)", (driver) => {
  describeWith(
    'network',
    'shipyard-python-sdk from PyPI',
    clients.absence,
  )(() => {
    const bay = useBay({ driver });
    let results: Results = {};
    beforeAll(async () => {
      const env = { SHIPYARD_ENDPOINT: bay().url, SHIPYARD_TOKEN: bay().key };
      const { code, output } = await clients.run('python', [SCRIPT], { env, timeoutMs: SCRIPT_MS });
      if (code !== 0) throw new Error(`The script ended with ${code}:\n${output}`);
      results = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Results;
    }, SCRIPT_MS);

    it.each(CHECKS)('%s', (name) => {
      expect(results[name]).toBeNull();
    });

    it('has no other checks than these', () => {
      expect(Object.keys(results)).toEqual(CHECKS);
    });
  });
});
