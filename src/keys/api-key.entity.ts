import { EntitySchema, type ValueTransformer } from 'typeorm';
import { instant, varchar } from '../database/columns.js';
import { type ApiKey } from './api-key.js';

/** Words with spaces between them. */
const words: ValueTransformer = {
  to: (value: readonly string[] | null) => value?.join(' ') ?? null,
  from: (value: string | null) => value?.split(' ') ?? null,
};

export const ApiKeyEntity = new EntitySchema<ApiKey>({
  name: 'ApiKey',
  tableName: 'api_keys',
  columns: {
    id: { type: 'varchar', primary: true },
    publicId: varchar('public_id'),
    name: varchar('name'),
    owner: varchar('owner'),
    role: varchar('role'),
    scopes: { type: 'text', nullable: true, transformer: words },
    hash: varchar('hash'),
    prefix: varchar('prefix'),
    createdAt: instant('created_at'),
    expiresAt: instant('expires_at', { nullable: true }),
    lastUsedAt: instant('last_used_at', { nullable: true }),
  },
});
