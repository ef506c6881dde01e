import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AccessConfig, SecurityConfig } from '../config/slices.js';
import { type ApiKey } from '../keys/api-key.js';
import { KnownKeys } from '../keys/known-keys.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { DEFAULT_OWNER, type Identity } from './identity.js';
import { isLocalCaller } from './local-caller.js';
import { scopesOf } from './scopes.js';
import { Tokens } from './tokens.js';

/** Who it is, or why nobody is let in. */
export type Verdict = Identity | BayError;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const refusal = (message: string): BayError => new BayError('unauthorized', message);

/** Says who sends a request: by the configured key, a key of the table, a token, or nothing where that is allowed. */
@Injectable()
export class Authenticator {
  private readonly configured: Buffer;
  private readonly administrator: Identity = {
    owner: DEFAULT_OWNER,
    role: 'admin',
    scopes: scopesOf('admin', null),
    by: 'configured key',
  };
  private readonly anonymous: Identity = {
    owner: DEFAULT_OWNER,
    role: 'user',
    scopes: scopesOf('user', null),
    by: 'anonymous',
  };

  constructor(
    { apiKey }: SecurityConfig,
    private readonly access: AccessConfig,
    private readonly keys: KnownKeys,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
  ) {
    this.configured = digest(apiKey);
  }

  identify(request: Pick<IncomingMessage, 'headers' | 'socket'>): Verdict | Promise<Verdict> {
    const { authorization } = request.headers;
    const credential = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (credential !== undefined) return this.recognise(credential);
    // Something was sent that cannot be read: whoever means to be somebody is never taken for nobody.
    if (authorization === undefined && this.access.allowsAnonymous && isLocalCaller(request)) return this.anonymous;
    return refusal('Send an API key: Authorization: Bearer <key>.');
  }

  private recognise(credential: string): Verdict | Promise<Verdict> {
    // Digests have one length whatever the key's is, as the comparison demands.
    if (timingSafeEqual(digest(credential), this.configured)) return this.administrator;
    if (this.tokens.accepts(credential)) return this.tokens.identify(credential);
    const key = this.keys.find(credential);
    return key instanceof Promise ? key.then((found) => this.judge(found)) : this.judge(key);
  }

  private judge(key: ApiKey | null): Verdict {
    if (!key) return refusal('This API key is not known.');
    if (key.expiresAt !== null && key.expiresAt <= this.clock.now()) return refusal('This API key has expired.');
    return { owner: key.owner, role: key.role, scopes: scopesOf(key.role, key.scopes), by: key.publicId };
  }
}
