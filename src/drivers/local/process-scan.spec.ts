import { markerEnvironment, parseMarker } from './marker.js';
import { parseLevel } from './process-scan.js';

const marker = {
  installationId: 'inst',
  labels: { sessionId: 'sess-1', sandboxId: 'sandbox-1', workspaceId: 'ws-1', profileId: 'a:b %ü' },
};
const entries = (environment: Record<string, string>): string[] =>
  Object.entries(environment).map(([name, value]) => `${name}=${value}`);

describe('the marker', () => {
  it('comes back as it went in', () => {
    expect(parseMarker(['PATH=/bin', ...entries(markerEnvironment(marker))])).toEqual(marker);
  });

  it.each(['', 'x', 'aa:bb', 'aa:bb:cc:dd', ':bb:cc:dd:ee', 'aa:%:cc:dd:ee', 'aa:bb:cc:dd:ee:ff'])(
    'is not seen in BAY_GROUP=%s of someone else',
    (value) => {
      expect(parseMarker([`BAY_GROUP=${value}`])).toBeNull();
    },
  );
});

describe('where a marked process may be', () => {
  it.each([
    ['4711', 'outside'],
    ['4711\t1', 'init'],
    ['4711\t2', null],
    ['4711\t5\t1', null],
    ['', null],
  ])('NSpid %j is %j', (pids, level) => {
    expect(parseLevel(pids)).toBe(level);
  });
});
