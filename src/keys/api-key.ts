import { createHash } from 'node:crypto';
import { type Role } from '../auth/scopes.js';

/** A key that an administrator has made. The key itself is nowhere: only its digest is. */
export interface ApiKey {
  readonly id: string;
  /** `key-0123456789ab` */
  readonly publicId: string;
  readonly name: string;
  readonly owner: string;
  readonly role: Role;
  /** null: all of its role. */
  readonly scopes: readonly string[] | null;
  /** SHA-256 of the key, as hex. A key has 256 random bits, so that nothing slower is needed. */
  readonly hash: string;
  /** Its first characters, by which people tell keys apart. */
  readonly prefix: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** Within a minute. */
  readonly lastUsedAt: number | null;
}

/** What Bay's own keys look like; anything else is none, and nobody has to be asked. */
export const KEY = /^sk-bay-[0-9a-f]{64}$/;

export const PREFIX_LENGTH = 'sk-bay-01234567'.length;

export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
