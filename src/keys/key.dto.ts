import { ApiProperty } from '@nestjs/swagger';
import { type Role, ROLES, SCOPES } from '../auth/scopes.js';
import { IntField, TextField, TextListField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';
import { RefuseUnknownKeys } from '../http/validation.js';

const TEN_YEARS_SEC = 10 * 365 * 86_400;

@RefuseUnknownKeys
export class CreateKeyDto {
  @TextField({ minLength: 1, maxLength: 100, example: 'ci', description: 'For people: what it is for.' })
  name!: string;

  @TextField({
    nullable: true,
    minLength: 1,
    maxLength: 255,
    example: 'alice',
    description: 'Whose objects it sees; printable ASCII without spaces. Absent or null: yours.',
  })
  owner: string | null = null;

  @TextField({
    optional: true,
    oneOf: ROLES,
    default: 'user',
    description: '`admin` may use the routes that concern the whole installation.',
  })
  role: Role = 'user';

  @TextListField({
    nullable: true,
    maxItems: SCOPES.length,
    oneOf: SCOPES,
    example: ['sandboxes:read', 'exec'],
    description: 'What it may do. Absent or null: all that its role may.',
  })
  scopes: string[] | null = null;

  @IntField({
    nullable: true,
    min: 1,
    max: TEN_YEARS_SEC,
    example: 2_592_000,
    description: 'Seconds until it expires. Absent or null: never.',
  })
  ttl: number | null = null;
}

export class ListKeysQuery extends PageQuery {
  @TextField({
    optional: true,
    minLength: 1,
    maxLength: 255,
    example: 'alice',
    description: 'Only those of this owner.',
  })
  owner?: string;
}

const INSTANT = { type: String, format: 'date-time', example: '2026-11-22T17:00:49.654Z' };

export class KeyView {
  @ApiProperty({ example: 'key-0123456789ab' })
  id!: string;

  @ApiProperty({ example: 'ci' })
  name!: string;

  @ApiProperty({ example: 'alice', description: 'Whose objects it sees.' })
  owner!: string;

  @ApiProperty({ enum: ROLES })
  role!: Role;

  @ApiProperty({
    type: [String],
    nullable: true,
    example: ['sandboxes:read', 'exec'],
    description: 'null: all that its role may.',
  })
  scopes!: readonly string[] | null;

  @ApiProperty({ example: 'sk-bay-01234567', description: 'How the key begins.' })
  prefix!: string;

  @ApiProperty(INSTANT)
  created_at!: string;

  @ApiProperty({ ...INSTANT, nullable: true, description: 'null: never.' })
  expires_at!: string | null;

  @ApiProperty({ ...INSTANT, nullable: true, description: 'Within a minute; null: never used.' })
  last_used_at!: string | null;
}

export class NewKeyView extends KeyView {
  @ApiProperty({
    example: `sk-bay-${'01234567'.repeat(8)}`,
    description:
      'For `Authorization: Bearer`. Never shown again, except to a repetition with the same Idempotency-Key.',
  })
  key!: string;
}

export class KeyListView {
  @ApiProperty({ type: [KeyView], description: 'Newest first.' })
  items!: KeyView[];

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Opaque; null on the last page.' })
  next_cursor!: string | null;
}
