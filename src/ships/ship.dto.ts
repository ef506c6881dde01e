import { ApiProperty } from '@nestjs/swagger';
import { JsonField, ObjectField } from '../http/compound-fields.js';
import { BoolField, IntField, NumberField, TextField } from '../http/fields.js';
import { RefuseUnknownKeys } from '../http/validation.js';

const TTL = { min: 1, description: 'Seconds.', example: 3600 };

@RefuseUnknownKeys
export class ShipSpecDto {
  @NumberField({ above: 0, nullable: true, description: 'Processors.', example: 1 })
  cpus: number | null = null;

  @TextField({ nullable: true, maxLength: 32, description: '`512m`, `512Mi`, `1g` or bytes.', example: '512m' })
  memory: string | null = null;

  @TextField({ nullable: true, maxLength: 32, description: '`1Gi`, `10G` or bytes.', example: '1Gi' })
  disk: string | null = null;
}

@RefuseUnknownKeys
export class CreateShipDto {
  @IntField(TTL)
  ttl!: number;

  @ObjectField(ShipSpecDto, { nullable: true, path: 'body.spec', description: 'What it may use.' })
  spec: ShipSpecDto | null = null;

  @IntField({ nullable: true, min: 1, description: 'Accepted and ignored: a ship has one session.' })
  max_session_num: number | null = null;

  @BoolField({ optional: true, default: false, description: 'A new ship, whatever the session has.' })
  force_create = false;
}

@RefuseUnknownKeys
export class ExtendShipDto {
  @IntField(TTL)
  ttl!: number;
}

@RefuseUnknownKeys
export class StartShipDto {
  @IntField({ optional: true, min: 1, default: 3600, description: 'Seconds.' })
  ttl = 3600;
}

export class ExtendSessionDto {
  @IntField({ description: 'Seconds from now; must be positive.', example: 3600 })
  ttl!: number;
}

@RefuseUnknownKeys
export class ExecDto {
  @TextField({ maxLength: 64, description: 'What to do.', example: 'shell/exec' })
  type!: string;

  @JsonField({ nullable: true, description: 'What it needs.', example: { command: 'ls -la' } })
  payload: Record<string, unknown> | null = null;
}

export class ShipDownloadQuery {
  @TextField({ maxLength: 4_096, description: 'Relative to the workspace, or inside it.', example: 'data/table.csv' })
  file_path!: string;
}

const INSTANT = { type: String, example: '2026-11-22T17:00:49.654000', description: 'UTC without a zone.' };

export class ShipView {
  @ApiProperty({ example: '01234567-89ab-4cde-8f01-23456789abcd' })
  id!: string;

  @ApiProperty({ enum: [0, 1, 2], description: '0 stopped, 1 running, 2 being created.', example: 1 })
  status!: 0 | 1 | 2;

  @ApiProperty(INSTANT)
  created_at!: string;

  @ApiProperty(INSTANT)
  updated_at!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'New at each start; null while nothing runs.',
    example: 'fedcba98-7654-4321-8fed-cba987654321',
  })
  container_id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`host:port`, where it is reached over the network.',
    example: '127.0.0.1:32768',
  })
  ip_address!: string | null;

  @ApiProperty({ description: 'Seconds that are left; of a stopped ship, what it had.', example: 3600 })
  ttl!: number;

  @ApiProperty({ example: 1 })
  max_session_num!: number;

  @ApiProperty({ example: 1 })
  current_session_num!: number;

  @ApiProperty({ type: String, nullable: true, example: '2026-11-22T18:00:49.654000Z' })
  expires_at!: string | null;
}

export class SessionView {
  @ApiProperty({ example: '01234567-89ab-4cde-8f01-23456789abcd' })
  id!: string;

  @ApiProperty({ example: 'my-session' })
  session_id!: string;

  @ApiProperty({ example: '01234567-89ab-4cde-8f01-23456789abcd' })
  ship_id!: string;

  @ApiProperty(INSTANT)
  created_at!: string;

  @ApiProperty(INSTANT)
  last_activity!: string;

  @ApiProperty(INSTANT)
  expires_at!: string;

  @ApiProperty({ description: 'Seconds.', example: 3600 })
  initial_ttl!: number;

  @ApiProperty()
  is_active!: boolean;
}

export class SessionListView {
  @ApiProperty({ type: [SessionView] })
  sessions!: SessionView[];

  @ApiProperty({ example: 1 })
  total!: number;
}

export class ShipSessionsView extends SessionListView {
  @ApiProperty({ example: '01234567-89ab-4cde-8f01-23456789abcd' })
  ship_id!: string;
}

export class LogsView {
  @ApiProperty({ description: 'What the ship wrote; empty when it does not run, or there is none.', example: 'ready' })
  logs!: string;
}

export class ExecView {
  @ApiProperty({
    description: 'The operation was carried out; `data.success` tells whether the code or command worked.',
  })
  success!: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { success: true, return_code: 0, stdout: 'hello', stderr: '', pid: null, process_id: null, error: null },
  })
  data!: Record<string, unknown>;

  @ApiProperty({ type: String, nullable: true, example: null })
  error!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'exec-0123456789ab' })
  execution_id!: string | null;
}

export class ShipUploadView {
  @ApiProperty()
  success!: boolean;

  @ApiProperty({ example: 'File uploaded successfully' })
  message!: string;

  @ApiProperty({ example: '/workspace/data/table.csv' })
  file_path!: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  error!: string | null;
}

export class StatView {
  @ApiProperty({ example: 'bay' })
  service!: string;

  @ApiProperty({ example: '0.1.0' })
  version!: string;

  @ApiProperty({ example: 'running' })
  status!: string;

  @ApiProperty({ example: 'The Bay authors' })
  author!: string;
}

const COUNT = { type: 'object' as const, additionalProperties: { type: 'integer' } };

export class OverviewView {
  @ApiProperty({ example: 'bay' })
  service!: string;

  @ApiProperty({ example: '0.1.0' })
  version!: string;

  @ApiProperty({ example: 'running' })
  status!: string;

  @ApiProperty({ ...COUNT, example: { total: 3, running: 1, stopped: 2, creating: 0 } })
  ships!: { total: number; running: number; stopped: number; creating: number };

  @ApiProperty({ ...COUNT, example: { total: 3, active: 1 } })
  sessions!: { total: number; active: number };
}
