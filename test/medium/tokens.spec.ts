import { jest } from '@jest/globals';
import { Clock } from '../../src/shared/clock.js';
import { FakeBay } from '../support/fake-bay.js';
import { ecPair, rsaPair, sign, TokenIssuer, unsigned } from '../support/token-issuer.js';

const SECRET = 'a-secret-of-the-tests-0123456789';
const AUDIENCE = { BAY_SECURITY__JWT__AUDIENCE: 'bay' };
const nowSec = (): number => Math.floor(Date.now() / 1000);

let bay: FakeBay;
const look = (token: string, path = '/v1/sandboxes') => bay.app.http.get(path).set('Authorization', `Bearer ${token}`);
const expectRefused = async (token: string, reason: RegExp): Promise<void> => {
  const { body, headers } = await look(token).expect(401);
  expect(body.error).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(reason) });
  expect(headers['www-authenticate']).toBe('Bearer');
};

describe('a token signed with the shared secret', () => {
  beforeAll(async () => {
    bay = await FakeBay.start({ BAY_JWT_SECRET: SECRET, ...AUDIENCE, BAY_SECURITY__JWT__ISSUER: 'https://issuer' });
  });
  afterAll(() => bay.end());
  const token = (claims: object = {}, key = SECRET) => sign({ iss: 'https://issuer', ...claims }, key);

  it('acts for its subject', async () => {
    const { body } = await bay.app.http.post('/v1/sandboxes').set('Authorization', `Bearer ${token()}`).expect(201);
    await look(token(), `/v1/sandboxes/${body.id}`).expect(200);
    await look(token({ sub: 'bob' }), `/v1/sandboxes/${body.id}`).expect(404);
    await bay.get(`/v1/sandboxes/${body.id}`).expect(404);
  });

  it('shares its owner with the keys of that owner', async () => {
    const { key } = (await bay.post('/v1/keys', { name: 'a', owner: 'carol' }).expect(201)).body;
    const made = await bay.app.http.post('/v1/cargos').set('Authorization', `Bearer ${key}`).expect(201);
    await look(token({ sub: 'carol' }), `/v1/cargos/${made.body.id}`).expect(200);
  });

  it('may do what its scopes and its role say', async () => {
    expect((await look(token({ scope: 'exec' })).expect(403)).body.error.details).toEqual({ scope: 'sandboxes:read' });
    await look(token({ scope: 'sandboxes:read' })).expect(200);
    await look(token(), '/v1/keys').expect(403);
    await look(token({ role: 'admin' }), '/v1/keys').expect(200);
    await look(token({ role: 'admin', scope: 'metrics' }), '/v1/keys').expect(403);
  });

  it('leaves the keys as they are', async () => {
    await bay.get('/v1/sandboxes').expect(200);
  });

  it.each([
    ['expired', () => token({ exp: nowSec() - 60 }), /expired/],
    ['not valid yet', () => token({ nbf: nowSec() + 60 }), /not valid yet/],
    ['never expires', () => token({ exp: undefined }), /never expires/],
    ['is for another audience', () => token({ aud: 'other' }), /audience/],
    ['is for no audience', () => token({ aud: undefined }), /audience/],
    ['is of another issuer', () => token({ iss: 'https://other' }), /issuer/],
    ['is of no issuer', () => token({ iss: undefined }), /issuer/],
    ['is signed with another secret', () => token({}, SECRET.toUpperCase()), /signature/],
    ['is signed by a longer digest', () => sign({ iss: 'https://issuer' }, SECRET, { algorithm: 'HS512' }), /HS256/],
    ['is signed with a public key', () => sign({}, rsaPair().privateKey, { algorithm: 'RS256' }), /HS256/],
    ['has no owner', () => token({ sub: undefined }), /no usable sub/],
    ['is for the owner of the configured key', () => token({ sub: 'default' }), /kept for Bay/],
    ['demands what nobody knows', () => sign({}, SECRET, { header: { alg: 'HS256', crit: ['b64'] } as never }), /crit/],
  ])('is refused when it %s', (_, made, reason) => expectRefused(made(), reason));

  it('is refused when it was changed', async () => {
    const [head, , signature] = token().split('.');
    const claims = Buffer.from(JSON.stringify({ sub: 'bob', aud: 'bay', exp: nowSec() + 60 })).toString('base64url');
    await expectRefused(`${head}.${claims}.${signature}`, /signature/);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'hs256'])(
    'is refused when it says that its algorithm is %p',
    async (alg) => {
      const claims = { sub: 'alice', aud: 'bay', iss: 'https://issuer', exp: nowSec() + 60 };
      await look(unsigned({ alg, typ: 'JWT' }, claims)).expect(401);
      await expectRefused(unsigned({ alg, typ: 'JWT' }, claims, 'AAAA'), /not signed by HS256/);
    },
  );

  it.each(['a.b.c', '..', 'e30.e30.e30', 'bnVsbA.e30.AAAA', 'W10.W10.AAAA', `${'a'.repeat(5000)}.b.c`])(
    'is refused when it is %.20s',
    (text) => look(text).expect(401),
  );
});

describe("a token signed with one of its issuer's keys", () => {
  let issuer: TokenIssuer;
  let lateMs = 0;
  beforeEach(async () => {
    lateMs = 0;
    issuer = await TokenIssuer.start();
    issuer.pairs.set('rsa', rsaPair()).set('ec', ecPair());
    bay = await FakeBay.start({ BAY_SECURITY__JWT__JWKS_URL: issuer.url, ...AUDIENCE });
    jest.spyOn(bay.app.app.get(Clock), 'now').mockImplementation(() => Date.now() + lateMs);
  });
  afterEach(async () => {
    await bay.end();
    await issuer.close();
  });

  it('is accepted, whichever of them it is, and the keys are fetched once', async () => {
    for (const kid of ['rsa', 'ec', 'rsa']) await look(issuer.token(kid)).expect(200);
    await look(issuer.token('rsa', {}, { algorithm: 'PS256' })).expect(200);
    expect(issuer.fetches).toBe(1);
  });

  it('is accepted when the key is a new one, and refused when it was withdrawn', async () => {
    const old = issuer.token('ec', { exp: nowSec() + 3600 });
    await look(old).expect(200);
    issuer.pairs.delete('ec');
    issuer.pairs.set('new', ecPair());
    lateMs = 10_000;
    await look(issuer.token('new')).expect(200);
    await expectRefused(old, /no such key/);
  });

  it('is refused when it was signed with the public key as if that were a secret', async () => {
    const { publicKey } = issuer.pairs.get('rsa')!;
    for (const format of ['spki', 'pkcs1'] as const) {
      const pem = publicKey.export({ format: 'pem', type: format }) as string;
      for (const secret of [pem, pem.trim()]) {
        await expectRefused(sign({}, secret, { algorithm: 'HS256', keyid: 'rsa' }), /not signed by RS256/);
      }
    }
  });

  it('is refused when it brings its own key, or says where that is', async () => {
    const own = rsaPair();
    const jwk = own.publicKey.export({ format: 'jwk' });
    const header = { alg: 'RS256', jwk, jku: issuer.url, x5u: issuer.url };
    for (const kid of ['rsa', 'own']) {
      const token = sign({}, own.privateKey, { algorithm: 'RS256', keyid: kid, header });
      await expectRefused(token, kid === 'rsa' ? /signature/ : /no such key/);
    }
    expect(issuer.fetches).toBe(1);
  });

  it('is refused when its key is of another kind than its algorithm', async () => {
    await expectRefused(sign({}, rsaPair().privateKey, { algorithm: 'RS256', keyid: 'ec' }), /cannot be checked/);
    await expectRefused(sign({}, ecPair().privateKey, { algorithm: 'ES256', keyid: 'rsa' }), /cannot be checked/);
  });

  it('is refused without a signature, and nobody is asked', async () => {
    const claims = { sub: 'alice', aud: 'bay', exp: nowSec() + 60 };
    await look(unsigned({ alg: 'none', kid: 'rsa' }, claims)).expect(401);
    await look(unsigned({ alg: 'none', kid: 'rsa' }, claims, 'AAAA')).expect(401);
    expect(issuer.fetches).toBe(0);
  });

  it('is refused when it does not name its key, as there are two', async () => {
    await expectRefused(sign({}, issuer.pairs.get('ec')!.privateKey, { algorithm: 'ES256' }), /no such key/);
  });

  it('cannot be judged while the issuer does not answer, and is later; keys work meanwhile', async () => {
    for (const status of [500, 302]) {
      issuer.status = status;
      const { body, headers } = await look(issuer.token('ec')).expect(503);
      expect(body.error).toMatchObject({ code: 'auth_unavailable', retryable: true });
      expect(headers['retry-after']).toBe('10');
      lateMs += 10_000;
    }
    await bay.get('/v1/sandboxes').expect(200);
    issuer.status = 200;
    await look(issuer.token('ec')).expect(200);
  });
});

describe('without a configured issuer', () => {
  it('a token is no key', async () => {
    bay = await FakeBay.start();
    await expectRefused(sign({}, SECRET), /key is not known/);
    await bay.end();
  });
});
