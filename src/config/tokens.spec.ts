import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';
import { readConfig } from './load-config.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bay-tokens-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const SECRET = 's'.repeat(32);
const URL = 'https://issuer.example/jwks.json';

const read = (jwt: object, env: Record<string, string> = {}) => {
  writeFileSync(join(cwd, 'config.yaml'), JSON.stringify({ security: { jwt } }));
  return readConfig({ env, cwd });
};
const problems = (jwt: object): string[] => {
  try {
    read(jwt);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
};

it('there are none unless they are configured', () => {
  expect(readConfig({ env: {}, cwd, systemFile: join(cwd, 'none') }).access.tokens).toBeNull();
  expect(read({ secret: null, jwks_url: null }).access.tokens).toBeNull();
});

it('are checked with a secret, by every algorithm that it is long enough for', () => {
  const algorithms = (length: number) =>
    read({ secret: 's'.repeat(length), audience: 'bay' }).access.tokens?.algorithms;
  expect(algorithms(32)).toEqual(['HS256']);
  expect(algorithms(48)).toEqual(['HS256', 'HS384']);
  expect(algorithms(64)).toEqual(['HS256', 'HS384', 'HS512']);
});

it('are checked with public keys, by no algorithm for secrets', () => {
  const { tokens } = read({ jwks_url: URL, audience: 'bay' }).access;
  expect(tokens?.source).toEqual({ kind: 'jwks', url: URL });
  expect(tokens?.algorithms.every((one) => /^(RS|PS|ES)/.test(one))).toBe(true);
  expect(tokens).toMatchObject({
    audience: 'bay',
    issuer: null,
    claims: { owner: 'sub', scopes: 'scope', role: 'role' },
    adminRole: 'admin',
    toleranceSec: 5,
  });
});

it('take their secret from a file', () => {
  writeFileSync(join(cwd, 'secret'), `${SECRET}\n`);
  const { tokens } = read({ audience: 'bay' }, { BAY_JWT_SECRET_FILE: 'secret' }).access;
  expect(tokens?.source.kind === 'secret' && tokens.source.key.export().toString()).toBe(SECRET);
});

it.each([
  [{ secret: SECRET, jwks_url: URL, audience: 'bay' }, /security\.jwt has secret and jwks_url/],
  [{ secret: SECRET }, /security\.jwt\.audience must be set/],
  [{ jwks_url: URL }, /security\.jwt\.audience must be set/],
  [{ audience: 'bay' }, /security\.jwt names no keys/],
  [{ secret: 's'.repeat(31), audience: 'bay' }, /security\.jwt\.secret must be 32/],
  [{ jwks_url: 'ftp://x', audience: 'bay' }, /security\.jwt\.jwks_url must be/],
  [{ jwks_url: URL, audience: 'bay', algorithms: ['ES256', 'HS256'] }, /algorithms HS256 does not fit/],
  [{ secret: SECRET, audience: 'bay', algorithms: ['RS256'] }, /algorithms RS256 does not fit/],
  [{ secret: SECRET, audience: 'bay', algorithms: ['HS512'] }, /algorithms HS512 does not fit/],
  [{ secret: SECRET, audience: 'bay', algorithms: ['none'] }, /algorithms\[0\] must be one of/],
  [{ secret: SECRET, audience: 'bay', algorithms: [] }, /algorithms must not be empty/],
])('%j is refused', (jwt, expected) => expect(problems(jwt).join('\n')).toMatch(expected));

it.each([
  ['http://issuer.example/jwks.json', 1],
  ['http://127.0.0.1:9/jwks.json', 0],
  [URL, 0],
])('%s is remarked on %d times', (jwks_url, count) => {
  const { notices } = read({ jwks_url, audience: 'bay' });
  expect(notices.filter((notice) => notice.includes('without TLS'))).toHaveLength(count);
});
