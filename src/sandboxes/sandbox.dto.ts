import { ApiProperty } from '@nestjs/swagger';
import { IntField, TextField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';
import { SANDBOX_STATUSES, type SandboxStatus } from './sandbox.state.js';

export class CreateSandboxDto {
  @TextField({ optional: true, maxLength: 128, default: 'python-default', description: 'Id of a profile.' })
  profile = 'python-default';

  @TextField({ nullable: true, maxLength: 64, description: 'An external cargo; absent: a workspace of its own.' })
  cargo_id: string | null = null;

  @IntField({
    nullable: true,
    min: 0,
    description: 'Seconds until it expires; absent, null or 0: never.',
    example: 3600,
  })
  ttl: number | null = null;
}

export class ExtendTtlDto {
  @IntField({ description: 'Seconds to add to the expiry; must be positive.', example: 600 })
  extend_by!: number;
}

export class ListSandboxesQuery extends PageQuery {
  @TextField({
    optional: true,
    maxLength: 32,
    description: 'Only these; an unknown value is ignored.',
    example: 'ready',
  })
  status?: string;
}

export class ContainerView {
  @ApiProperty({ example: 'ship' })
  name!: string;

  @ApiProperty({ example: 'ship' })
  runtime_type!: string;

  @ApiProperty({ example: 'running' })
  status!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Of the agent.', example: '0.1.0' })
  version!: string | null;

  @ApiProperty({ type: [String], example: ['filesystem', 'python', 'shell'] })
  capabilities!: string[];

  @ApiProperty({ type: Boolean, nullable: true })
  healthy!: boolean | null;
}

const INSTANT = { type: String, example: '2026-11-22T17:00:49.654000', description: 'UTC without a zone.' };

export class SandboxView {
  @ApiProperty({ example: 'sandbox-0123456789ab' })
  id!: string;

  @ApiProperty({ enum: SANDBOX_STATUSES })
  status!: SandboxStatus;

  @ApiProperty({ example: 'python-default' })
  profile!: string;

  @ApiProperty({ example: 'ws-0123456789ab' })
  cargo_id!: string;

  @ApiProperty({ type: [String], example: ['filesystem', 'shell', 'python'] })
  capabilities!: string[];

  @ApiProperty(INSTANT)
  created_at!: string;

  @ApiProperty({ ...INSTANT, nullable: true })
  expires_at!: string | null;

  @ApiProperty({
    ...INSTANT,
    nullable: true,
    description: 'When it is stopped if nobody uses it; null while nothing runs.',
  })
  idle_expires_at!: string | null;

  @ApiProperty({ type: [ContainerView], nullable: true, description: 'Only on GET of one sandbox, while it runs.' })
  containers!: ContainerView[] | null;
}

export class SandboxListView {
  @ApiProperty({ type: [SandboxView] })
  items!: SandboxView[];

  @ApiProperty({ type: String, nullable: true, description: 'Opaque; null on the last page.' })
  next_cursor!: string | null;
}

export class StatusView {
  @ApiProperty({ example: 'ok' })
  status!: string;
}
