import { ApiProperty } from '@nestjs/swagger';
import { BoolField, IntField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';

/** Of the published clients. */
const SIZE = { min: 1, max: 65_536, example: 1024 };

export class CreateCargoDto {
  @IntField({ ...SIZE, nullable: true, description: 'Mebibytes; absent or null: `cargo.default_size_limit_mb`.' })
  size_limit_mb: number | null = null;
}

export class ListCargosQuery extends PageQuery {
  @BoolField({
    optional: true,
    default: false,
    description: 'true: those that live and die with a sandbox; otherwise those that were made by themselves.',
  })
  managed = false;
}

const INSTANT = { type: String, example: '2026-11-22T17:00:49.654000' };

export class CargoView {
  @ApiProperty({ example: 'ws-0123456789ab', description: 'Goes into `cargo_id` of a sandbox.' })
  id!: string;

  @ApiProperty({ example: false, description: 'Made with a sandbox, and removed with it.' })
  managed!: boolean;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'The sandbox that it belongs to.' })
  managed_by_sandbox_id!: string | null;

  @ApiProperty({ enum: ['docker_volume'], description: 'Always this word, whatever the driver keeps it in.' })
  backend!: 'docker_volume';

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 1024,
    description: 'Mebibytes. Kept only where `isolation.disk` of `GET /v1/admin/driver` is enforced.',
  })
  size_limit_mb!: number | null;

  @ApiProperty({ ...INSTANT, description: 'UTC without a zone.' })
  created_at!: string;

  @ApiProperty({
    ...INSTANT,
    description: 'When it was last attached, started on, or used by a call; within a second.',
  })
  last_accessed_at!: string;
}

export class CargoListView {
  @ApiProperty({ type: [CargoView], description: 'Newest first.' })
  items!: CargoView[];

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Opaque; null on the last page.' })
  next_cursor!: string | null;
}
