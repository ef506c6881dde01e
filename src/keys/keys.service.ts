import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type Identity, OWNER, RESERVED_OWNERS } from '../auth/identity.js';
import { type Role, scopesOf } from '../auth/scopes.js';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { newUuid, publicId } from '../shared/ids.js';
import { type ApiKey, hashOf, PREFIX_LENGTH } from './api-key.js';
import { type KeyPage, KeysRepository } from './keys.repository.js';
import { KnownKeys } from './known-keys.js';

const KEY_BYTES = 32;

export interface KeyWish {
  readonly name: string;
  readonly owner: string;
  readonly role: Role;
  /** null: all of the role. */
  readonly scopes: readonly string[] | null;
  /** null: for ever. */
  readonly ttlSec: number | null;
}

/** What administrators do with keys. */
@Injectable()
export class KeysService {
  private readonly logger = new Logger(KeysService.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly repository: KeysRepository,
    private readonly known: KnownKeys,
    private readonly clock: Clock,
  ) {}

  /** The row, and the key that nobody is told a second time. Throws `validation_error`. */
  async create(wish: KeyWish, by: Identity): Promise<{ readonly row: ApiKey; readonly key: string }> {
    assertMeaningful(wish);
    const key = `sk-bay-${randomBytes(KEY_BYTES).toString('hex')}`;
    const now = this.clock.now();
    const id = newUuid();
    const { ttlSec, ...rest } = wish;
    const row: ApiKey = {
      ...rest,
      id,
      publicId: publicId('key', id),
      hash: hashOf(key),
      prefix: key.slice(0, PREFIX_LENGTH),
      createdAt: now,
      expiresAt: ttlSec === null ? null : now + ttlSec * 1000,
      lastUsedAt: null,
    };
    await this.transactions.run(() => this.repository.insert(row));
    const { publicId: name, owner, role } = row;
    this.transactions.afterCommit(() =>
      this.logger.log({ msg: 'An API key was made.', key: name, owner, role, by: by.by }),
    );
    return { row, key };
  }

  async get(id: string): Promise<ApiKey> {
    const found = await this.transactions.read(() => this.repository.find(id));
    if (!found) throw notFound(id);
    return found;
  }

  list(page: KeyPage): Promise<ApiKey[]> {
    return this.transactions.read(() => this.repository.list(page));
  }

  /** From its return on the key opens nothing here, and after a second nowhere. Throws `not_found`. */
  async remove(id: string, by: Identity): Promise<void> {
    await this.transactions.run(async () => {
      const found = await this.repository.find(id);
      if (!found || !(await this.repository.remove(found.id))) throw notFound(id);
      this.transactions.afterCommit(() => {
        this.known.forget(found.hash);
        this.logger.log({ msg: 'An API key was removed.', key: id, owner: found.owner, by: by.by });
      });
    });
  }
}

const notFound = (id: string): BayError => new BayError('not_found', `There is no key ${id}.`);

function assertMeaningful({ name, owner, role, scopes }: KeyWish): void {
  const wrong = (field: string, message: string): BayError =>
    new BayError('validation_error', message, { details: { field } });
  if (!/^\P{Cc}+$/u.test(name) || name.trim() === '')
    throw wrong('name', 'name must be text without control characters.');
  if (!OWNER.test(owner) || RESERVED_OWNERS.includes(owner))
    throw wrong(
      'owner',
      `owner must be 1 to 255 printable ASCII characters without spaces, and not ${RESERVED_OWNERS.join(' or ')}.`,
    );
  if (scopes === null) return;
  const possible = scopesOf(role, null);
  const beyond = scopes.find((scope) => ![...possible].some((one) => one === scope));
  if (beyond !== undefined) throw wrong('scopes', `A key of the role ${role} cannot have the scope ${beyond}.`);
  if (scopes.length === 0)
    throw wrong('scopes', 'A key without scopes can do nothing. Leave scopes out for all of its role.');
}
