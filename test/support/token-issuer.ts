import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const rsaPair = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ecPair = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A token for `alice` and the audience `bay` that ends in five minutes, unless `claims` says otherwise; `undefined` leaves one out. */
export function sign(claims: object, key: KeyObject | string, options: JwtSignOptions = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const secrets = typeof key === 'string' ? { secret: key } : { privateKey: key };
  const all = Object.entries({ sub: 'alice', aud: 'bay', exp: now + 300, ...claims });
  const set = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  return new JwtService({}).sign(set, { ...secrets, ...options });
}

/** A token as somebody would write it who has no key. */
export const unsigned = (header: object, claims: object, signature = ''): string =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + `.${signature}`;

/** Serves the public keys that it has at the moment. */
export class TokenIssuer {
  readonly pairs = new Map<string, Pair>();
  /** Below 400 it serves. */
  status = 200;
  fetches = 0;

  private constructor(
    readonly url: string,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  static async start(): Promise<TokenIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new TokenIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, server);
    server.on('request', (_, response) => {
      issuer.fetches += 1;
      response.writeHead(issuer.status, { 'content-type': 'application/json', location: issuer.url });
      response.end(JSON.stringify({ keys: issuer.keys() }));
    });
    return issuer;
  }

  /** A token signed with the key of this name. */
  token(kid: string, claims: object = {}, options: JwtSignOptions = {}): string {
    const pair = this.pairs.get(kid);
    if (!pair) throw new Error(`There is no key ${kid}.`);
    const algorithm = pair.privateKey.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
    return sign(claims, pair.privateKey, { algorithm, keyid: kid, ...options });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keys(): object[] {
    return [...this.pairs].map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }));
  }
}
