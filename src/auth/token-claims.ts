import { type TokenConfig } from '../config/slices.js';
import { DEFAULT_OWNER, type Identity, OWNER, RESERVED_OWNERS } from './identity.js';
import { scopesOf } from './scopes.js';

export type Claims = Readonly<Record<string, unknown>>;

/** Whom a token whose signature is good speaks for; or what is wrong with it, as the end of a sentence. */
export function identityFrom(claims: Claims, { claims: names, adminRole }: TokenConfig): Identity | string {
  const { owner, scopes, roles } = {
    owner: claimOf(claims, names.owner),
    scopes: wordsOf(claimOf(claims, names.scopes)),
    roles: wordsOf(claimOf(claims, names.role)),
  };
  if (typeof owner !== 'string' || !OWNER.test(owner)) return `has no usable ${names.owner}`;
  // Who may choose a name at the issuer must not become the owner of what the configured key made.
  if (owner === DEFAULT_OWNER || RESERVED_OWNERS.includes(owner))
    return `has the ${names.owner} ${owner}, which is kept for Bay`;
  if (scopes === undefined) return `has a ${names.scopes} that is no list of words`;
  if (roles === undefined) return `has a ${names.role} that is no list of words`;
  const role = roles?.includes(adminRole) ? 'admin' : 'user';
  return { owner, role, scopes: scopesOf(role, scopes), by: 'token' };
}

/** A claim by its whole name (`https://example.com/roles`), else by its path (`realm_access.roles`). */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? (inner as Claims)[key] : undefined,
      claims,
    );
}

/** Words of a text or of a list; null where there is no claim, undefined where it is neither. */
function wordsOf(claim: unknown): readonly string[] | null | undefined {
  if (claim === undefined || claim === null) return null;
  if (typeof claim === 'string') return claim.split(/\s+/).filter(Boolean);
  return Array.isArray(claim) && claim.every((word) => typeof word === 'string') ? claim : undefined;
}
