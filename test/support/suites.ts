/** Names of engines whose absence is a failure: `BAY_TEST_REQUIRE=docker-host,local`. */
const required = new Set((process.env['BAY_TEST_REQUIRE'] ?? '').split(',').filter((name) => name !== ''));

/**
 * `describe`, or `describe.skip` with the reason printed where `engine` is absent. A machine that must have it
 * (`BAY_TEST_REQUIRE`) fails instead.
 */
export function describeWith(engine: string, title: string, absence: string | null): (body: () => void) => void {
  if (absence === null) return (body) => describe(title, body);
  if (required.has(engine)) {
    return () => {
      it(`${title}: ${engine} is required on this machine`, () => {
        throw new Error(`${engine} is absent: ${absence}`);
      });
    };
  }
  process.stderr.write(`skipped, because ${engine} is absent: ${title} (${absence})\n`);
  return (body) => describe.skip(title, body);
}
