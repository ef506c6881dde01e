import { Injectable, Logger } from '@nestjs/common';
import { type JwtService } from '@nestjs/jwt';
import { AccessConfig, type TokenConfig } from '../config/slices.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { type Identity } from './identity.js';
import { type Claims, identityFrom } from './token-claims.js';
import { refused, TokenKeys } from './token-keys.js';

/** Three parts with dots between them, the last one not empty: nothing unsigned. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Checks tokens (JWT) of the configured issuer. */
@Injectable()
export class Tokens {
  private readonly logger = new Logger(Tokens.name);
  private jwt: Promise<JwtService> | null = null;

  constructor(
    private readonly access: AccessConfig,
    private readonly keys: TokenKeys,
    private readonly clock: Clock,
  ) {}

  /** Whether this looks like a token, where there are any. */
  accepts(credential: string): boolean {
    return this.access.tokens !== null && TOKEN.test(credential);
  }

  async identify(token: string): Promise<Identity | BayError> {
    const config = this.access.tokens;
    if (!config) return refused('no issuer is configured');
    const { algorithms, audience, issuer, toleranceSec } = config;
    try {
      this.jwt ??= this.load(config);
      const jwt = await this.jwt;
      const claims = await jwt.verifyAsync<Claims>(token, {
        algorithms: [...algorithms],
        audience,
        ...(issuer === null ? {} : { issuer }),
        clockTolerance: toleranceSec,
        clockTimestamp: Math.floor(this.clock.now() / 1000),
      });
      // What never expires cannot be taken back either.
      if (typeof claims['exp'] !== 'number') return refused('it never expires (exp)');
      const identity = identityFrom(claims, config);
      return typeof identity === 'string' ? refused(`it ${identity}`) : identity;
    } catch (error) {
      if (error instanceof BayError) return error;
      return refused(this.reasonOf(error));
    }
  }

  /** At the first token: where there are none, a start does not wait for the packages behind it. */
  private async load(config: TokenConfig): Promise<JwtService> {
    const { JwtService: Service } = await import('@nestjs/jwt');
    return new Service({ secretOrKeyProvider: (_, token) => this.keys.of(String(token), config) });
  }

  /** jsonwebtoken's errors, by their names; their messages name the claim and never the key. */
  private reasonOf(error: unknown): string {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    switch (name) {
      case 'TokenExpiredError':
        return 'it has expired';
      case 'NotBeforeError':
        return 'it is not valid yet';
      case 'JsonWebTokenError':
        return message;
      default:
        // A key that is not made for the algorithm, for one.
        this.logger.warn({ msg: 'A token cannot be checked.', err: error });
        return 'it cannot be checked';
    }
  }
}
