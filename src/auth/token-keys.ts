import { type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessConfig, type TokenConfig } from '../config/slices.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { fetchJwks } from './fetch-jwks.js';
import { JwksKeys } from './jwks-keys.js';

interface Header {
  readonly alg?: unknown;
  readonly kid?: unknown;
  readonly crit?: unknown;
}

/** The key that a token has to be signed with, by what it says of itself. Asks nobody before that is plausible. */
@Injectable()
export class TokenKeys {
  private readonly jwks: JwksKeys | null;

  constructor({ tokens }: AccessConfig, clock: Clock) {
    const source = tokens?.source;
    this.jwks = source?.kind === 'jwks' ? new JwksKeys(() => fetchJwks(source.url), clock) : null;
  }

  /**
   * The configuration, never the token, decides between a shared secret and public keys. Throws `unauthorized` and
   * `auth_unavailable`.
   */
  async of(token: string, { algorithms, source }: TokenConfig): Promise<KeyObject> {
    const { alg, kid, crit } = headerOf(token);
    const accepted = algorithms.find((one) => one === alg);
    if (!accepted) throw refused(`it is not signed by ${algorithms.join(', ')}`);
    if (crit !== undefined) throw refused('it demands what Bay does not know (crit)');
    if (kid !== undefined && typeof kid !== 'string') throw refused('the name of its key is no text');
    if (source.kind === 'secret') return source.key;
    const key = await this.jwks?.find(kid, accepted);
    if (!key) throw refused('its issuer has no such key');
    return key;
  }
}

/** `reason` ends the sentence "This token is not accepted: …". */
export const refused = (reason: string): BayError =>
  new BayError('unauthorized', `This token is not accepted: ${reason}.`);

function headerOf(token: string): Header {
  try {
    const header = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as unknown;
    if (typeof header === 'object' && header !== null) return header;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw refused('it is no token');
}
