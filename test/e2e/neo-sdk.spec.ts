import { join } from 'node:path';
import { describeOnEachDriver, REPOSITORY } from '../support/engines.js';
import { PythonClients } from '../support/python-clients.js';
import { describeWith } from '../support/suites.js';
import { useBay } from '../support/use-bay.js';

/** For the whole script on a loaded machine, ms. */
const SCRIPT_MS = 300_000;

/** Name of a check to null, or to the traceback of its failure. */
type Results = Readonly<Record<string, string | null>>;

const SCRIPT = join(REPOSITORY, 'test', 'e2e', 'clients', 'neo_sdk.py');
/** As the script lists them, and the one that it adds at the end. */
const CHECKS = [
  'settings',
  'profiles',
  'creates_gets_and_lists',
  'pages_through_lists',
  'repeats_safely',
  'keeps_life_times',
  'runs_python',
  'runs_commands',
  'keeps_history',
  'handles_files',
  'stops_and_resumes',
  'shares_cargos',
  'deletes',
  'tells_errors_apart',
  'knows_no_browser_and_no_skills',
  'the_whole_surface',
];

const clients = await PythonClients.install('requirements.txt');
afterAll(() => clients.remove());

await describeOnEachDriver('the published Python client, unchanged', (driver) => {
  describeWith(
    'network',
    'shipyard-neo-sdk from PyPI',
    clients.absence,
  )(() => {
    // What has expired stays to be looked at.
    const bay = useBay({ driver, config: { gc: { enabled: false } } });
    let results: Results = {};
    beforeAll(async () => {
      const env = { BAY_ENDPOINT: bay().url, BAY_TOKEN: bay().key };
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
