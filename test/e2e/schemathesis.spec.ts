import { join } from 'node:path';
import { describeOnDriver, REPOSITORY } from '../support/engines.js';
import { PythonClients } from '../support/python-clients.js';
import { describeWith } from '../support/suites.js';
import { useBay } from '../support/use-bay.js';

/** What it may spend on making requests, s, and until it is given up, ms. */
const BUDGET_SEC = 120;
const GIVEN_UP_MS = 240_000;
/** Of each operation. */
const CASES = 25;
/** The same requests each run; to look further, run it by hand with others. */
const SEED = 1;
/** Its answers have a shape of their own, which its own suites hold it to. */
const FIRST_GENERATION = '^/(ship|ships|sessions|stat)(/|$)';
const CONFIG = join(REPOSITORY, 'test', 'e2e', 'clients', 'schemathesis.toml');

const clients = await PythonClients.install('schemathesis.txt');
afterAll(() => clients.remove());

await describeOnDriver('local', 'what /openapi.json says', () => {
  describeWith(
    'network',
    'by schemathesis from PyPI',
    clients.absence,
  )(() => {
    // Requests make sandboxes and start them: only so many at a time, and not for long.
    const profiles = [{ id: 'python-default', idle_timeout: 2, resources: { cpus: 1, memory: '512m' } }];
    const bay = useBay({ driver: 'local', config: { profiles, limits: { running_per_owner: 4 } } });

    it(
      'is true of every answer to thousands of requests, right and wrong ones',
      async () => {
        const args = [
          ...['--no-color', '--config-file', CONFIG, 'run', new URL('/openapi.json', bay().url).href],
          ...['--checks', 'all', '--phases', 'examples,coverage,fuzzing', '--workers', '1', '--continue-on-failure'],
          ...['--max-examples', String(CASES), '--max-time', String(BUDGET_SEC), '--no-shrink', '--seed', String(SEED)],
          ...['--exclude-path-regex', FIRST_GENERATION],
          ...['--header', `Authorization: Bearer ${bay().key}`],
        ];
        const { code, output } = await clients.run('schemathesis', args, { timeoutMs: GIVEN_UP_MS });
        if (code !== 0) throw new Error(`It ended with ${code}:\n${findings(output)}`);
        expect(output).toMatch(/Tested: [1-9]\d*$/m);
      },
      GIVEN_UP_MS + 10_000,
    );
  });
});

/** The output is megabytes where requests are long: what it found, cut to what is read. */
function findings(output: string): string {
  const from = Math.max(0, output.search(/^=+ (ERRORS|FAILURES) =+$/m));
  return output
    .slice(from)
    .split('\n')
    .slice(0, 200)
    .map((line) => line.slice(0, 300))
    .join('\n');
}
