import { createSecretKey } from 'node:crypto';
import { isLoopback } from '../shared/loopback.js';
import { type RawConfig } from './schema.js';
import { PUBLIC_ALGORITHMS, SECRET_ALGORITHMS, type TokenAlgorithm, type TokenConfig } from './slices.js';
import { type Path } from './tree.js';

type RawTokens = RawConfig['security']['jwt'];

export interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
}

export interface Read<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}

const at = (key?: string): Path => ['security', 'jwt', ...(key === undefined ? [] : [key])];

/** Tokens need a source of keys and an audience; without either of them there are none. */
export function tokensOf(raw: RawTokens): Read<TokenConfig | null> {
  const { secret, jwks_url: url } = raw;
  if (!secret && !url) {
    const isHalf = [raw.audience, raw.issuer, raw.algorithms].some((one) => one !== undefined && one !== null);
    const hint = 'Give it one: secret, or jwks_url.';
    return { value: null, notices: [], problems: isHalf ? [{ path: at(), message: 'names no keys.', hint }] : [] };
  }
  const problems: Problem[] = [];
  if (secret && url) {
    const hint = 'Whoever knows a public key could sign with it as a secret if both were accepted.';
    problems.push({ path: at(), message: 'has secret and jwks_url: keep one of them.', hint });
  }
  if (!raw.audience) {
    const hint = 'Without one, tokens that were made for other services would open this one.';
    problems.push({ path: at('audience'), message: 'must be set where tokens are accepted.', hint });
  }
  const possible = secret ? fitting(secret) : PUBLIC_ALGORITHMS;
  const wrong = raw.algorithms?.find((one) => !possible.some((other) => other === one));
  if (wrong) {
    const hint = secret ? `A secret of ${secret.length} characters is for ${possible.join(', ')}.` : undefined;
    problems.push({ path: at('algorithms'), message: `${wrong} does not fit.`, ...(hint ? { hint } : {}) });
  }
  return { value: assemble(raw, possible), problems, notices: noticesOf(url) };
}

/** A secret has to be as long as the digest (RFC 7518, 3.2). */
const fitting = ({ length }: string): readonly TokenAlgorithm[] =>
  SECRET_ALGORITHMS.filter((algorithm) => length * 8 >= Number(algorithm.slice('HS'.length)));

function assemble(raw: RawTokens, possible: readonly TokenAlgorithm[]): TokenConfig {
  const { secret, jwks_url: url } = raw;
  return {
    source: secret ? { kind: 'secret', key: createSecretKey(secret, 'utf8') } : { kind: 'jwks', url: url ?? '' },
    algorithms: raw.algorithms ?? possible,
    audience: raw.audience ?? '',
    issuer: raw.issuer ?? null,
    claims: { owner: raw.owner_claim, scopes: raw.scopes_claim, role: raw.role_claim },
    adminRole: raw.admin_role,
    toleranceSec: raw.clock_tolerance_seconds,
  };
}

function noticesOf(url: string | null | undefined): string[] {
  const parsed = url ? URL.parse(url) : null;
  if (parsed?.protocol !== 'http:' || isLoopback(parsed.hostname)) return [];
  return ['security.jwt.jwks_url is read without TLS: whoever sits between can sign tokens of their own.'];
}
