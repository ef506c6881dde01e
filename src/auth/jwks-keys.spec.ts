import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ManualClock } from '../../test/support/manual-clock.js';
import { JwksKeys, type SigningKey } from './jwks-keys.js';

const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  format: 'pem',
  type: 'spki',
}) as string;
const named = (kid?: string, alg?: string): SigningKey => ({
  ...(kid === undefined ? {} : { kid }),
  ...(alg === undefined ? {} : { alg }),
  getPublicKey: () => PEM,
});

/** An issuer whose keys a test changes; null: it does not answer. */
const setUp = (keys: SigningKey[] | null) => {
  const issuer = { keys, fetches: 0 };
  const clock = new ManualClock();
  const fetch = async (): Promise<SigningKey[]> => {
    issuer.fetches += 1;
    if (!issuer.keys) throw new Error('It does not answer.');
    return issuer.keys;
  };
  const known = new JwksKeys(fetch, clock);
  const find = (kid?: string, alg = 'ES256'): Promise<KeyObject | null> => known.find(kid, alg);
  return { issuer, clock, find };
};
beforeAll(() => Logger.overrideLogger(false));

const unavailable = { code: 'auth_unavailable' };

it('fetches once for any number of tokens', async () => {
  const { issuer, find } = setUp([named('a'), named('b')]);
  const found = await Promise.all(Array.from({ length: 20 }, (_, at) => find(at % 2 ? 'a' : 'b')));
  expect(found.every((key) => key?.type === 'public')).toBe(true);
  expect(issuer.fetches).toBe(1);
});

it('knows a key that was added after ten seconds at the latest, and fetches no more often for names that there are not', async () => {
  const { issuer, clock, find } = setUp([named('a')]);
  await find('a');
  issuer.keys = [named('a'), named('b')];
  expect(await find('b')).toBeNull();
  clock.advance(10_000);
  expect(await find('b')).not.toBeNull();
  expect(issuer.fetches).toBe(2);
  for (let count = 0; count < 100; count += 1) expect(await find(`none-${count}`)).toBeNull();
  expect(issuer.fetches).toBe(2);
});

it('forgets within ten minutes a key that was withdrawn', async () => {
  const { issuer, clock, find } = setUp([named('a'), named('b')]);
  await find('a');
  issuer.keys = [named('b')];
  clock.advance(599_999);
  expect(await find('a')).not.toBeNull();
  clock.advance(1);
  expect(await find('a')).toBeNull();
  expect(await find('b')).not.toBeNull();
});

it('goes on for an hour with what it knows when the issuer does not answer, and says nothing about what it does not', async () => {
  const { issuer, clock, find } = setUp([named('a')]);
  await find('a');
  issuer.keys = null;
  clock.advance(600_000 + 3_599_999);
  expect(await find('a')).not.toBeNull();
  await expect(find('b')).rejects.toMatchObject(unavailable);
  clock.advance(1);
  await expect(find('a')).rejects.toMatchObject(unavailable);
  issuer.keys = [named('a')];
  clock.advance(10_000);
  expect(await find('a')).not.toBeNull();
});

it('does not pester an issuer that does not answer', async () => {
  const { issuer, clock, find } = setUp(null);
  for (let count = 0; count < 10; count += 1) await expect(find('a')).rejects.toMatchObject(unavailable);
  expect(issuer.fetches).toBe(1);
  issuer.keys = [named('a')];
  clock.advance(10_000);
  expect(await find('a')).not.toBeNull();
});

it('takes a token without a name of its key where there is one key', async () => {
  const { find } = setUp([named('a')]);
  expect(await find()).not.toBeNull();
  expect(await setUp([named('a'), named('b')]).find()).toBeNull();
});

it('uses a key for no algorithm but the one that it says', async () => {
  const { find } = setUp([named('a', 'ES256'), named('b', 'RS256')]);
  expect(await find('a')).not.toBeNull();
  expect(await find('b')).toBeNull();
});
