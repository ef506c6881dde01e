import { type Request } from 'express';
import { type AccessScope, type Role } from './scopes.js';

/** On whose behalf a request comes, and what it may do. */
export interface Identity {
  /** Whose objects it may see. */
  readonly owner: string;
  readonly role: Role;
  readonly scopes: ReadonlySet<AccessScope>;
  /** By what it was recognised, for the log: `configured key`, `key-0123456789ab`, `token`, `anonymous`. */
  readonly by: string;
}

/** Whom the configured key and anonymous callers act for. */
export const DEFAULT_OWNER = 'default';

/** What an owner's name may be: printable, without spaces. */
export const OWNER = /^[\x21-\x7e]{1,255}$/;

/** Names that nobody can be given: Bay's own rows carry them. */
export const RESERVED_OWNERS: readonly string[] = ['system', 'warm-pool'];

const identities = new WeakMap<object, Identity>();

export const setIdentity = (request: object, identity: Identity): void => void identities.set(request, identity);

/** Throws on a route without a guard, where there is none. */
export function identityOf(request: Request): Identity {
  const identity = identities.get(request);
  if (!identity) throw new Error('A public route asked who its caller is.');
  return identity;
}
