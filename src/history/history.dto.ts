import { ApiProperty } from '@nestjs/swagger';
import { BoolField, IntField, TextField } from '../http/fields.js';
import { CursorQuery } from '../http/paging.js';
import { EXEC_TYPES, type ExecType } from './history-entry.js';

const EXEC_TYPE = {
  optional: true,
  oneOf: EXEC_TYPES,
  description: 'Only executions of this kind.',
  example: 'python',
};

export class LastQuery {
  @TextField(EXEC_TYPE)
  exec_type?: ExecType;
}

export class HistoryQuery extends CursorQuery {
  @TextField(EXEC_TYPE)
  exec_type?: ExecType;

  @BoolField({ optional: true, default: false, description: 'Only what succeeded.' })
  success_only = false;

  @IntField({ optional: true, min: 1, max: 500, default: 100, description: 'How many entries at most.' })
  limit = 100;

  @TextField({
    optional: true,
    maxLength: 1_024,
    description: 'Comma-separated: entries of which a tag contains any of these, whatever the case.',
    example: 'etl,daily',
  })
  tags?: string;

  @BoolField({ optional: true, default: false, description: 'Only entries with notes.' })
  has_notes = false;

  @BoolField({ optional: true, default: false, description: 'Only entries with a description.' })
  has_description = false;
}

export class SandboxHistoryQuery extends HistoryQuery {
  @IntField({
    optional: true,
    min: 0,
    default: 0,
    description: 'How many to pass over. A `cursor` does not shift when new entries come.',
  })
  offset = 0;
}

export class OwnerHistoryQuery extends HistoryQuery {
  @TextField({
    optional: true,
    maxLength: 64,
    description: 'Only of this sandbox, which may be gone.',
    example: 'sandbox-0123456789ab',
  })
  sandbox_id?: string;
}

const TEXT = { nullable: true, description: 'Absent or null: as it is. Empty: removed.' };

export class AnnotateDto {
  @TextField({ ...TEXT, maxLength: 4_096, example: 'Loads the orders' })
  description: string | null = null;

  @TextField({ ...TEXT, maxLength: 1_024, example: 'etl,daily' })
  tags: string | null = null;

  @TextField({ ...TEXT, maxLength: 16_384, example: 'Took longer than last week.' })
  notes: string | null = null;
}

const nullable = (description: string, example: unknown = null) => ({
  type: String,
  nullable: true,
  description,
  example,
});

export class HistoryEntryView {
  @ApiProperty({ example: 'exec-0123456789ab', description: '`execution_id` of the call.' })
  id!: string;

  @ApiProperty({ example: 'sandbox-0123456789ab' })
  sandbox_id!: string;

  @ApiProperty(nullable('The start of the sandbox that it ran in.', 'sess-0123456789ab'))
  session_id!: string | null;

  @ApiProperty({ enum: EXEC_TYPES, example: 'python' })
  exec_type!: ExecType;

  @ApiProperty({ example: 'print(6 * 7)', description: 'The code or command; its first 65,536 characters.' })
  code!: string;

  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: 12, description: 'Milliseconds.' })
  execution_time_ms!: number;

  @ApiProperty(nullable('As in the answer; its first 65,536 characters.', '42'))
  output!: string | null;

  @ApiProperty(nullable('As in the answer; its first 65,536 characters.'))
  error!: string | null;

  @ApiProperty(nullable('Where all of output and error is, when they are longer: `GET /v1/history/payloads/{ref}`.'))
  payload_ref!: string | null;

  @ApiProperty(nullable('A note of what this was for.', 'Loads the orders'))
  description!: string | null;

  @ApiProperty(nullable('Comma-separated, in order.', 'daily,etl'))
  tags!: string | null;

  @ApiProperty(nullable('Written afterwards.'))
  notes!: string | null;

  @ApiProperty({ example: false, description: 'Always false: nothing is learned from executions.' })
  learn_enabled!: boolean;

  @ApiProperty(nullable('Always null.'))
  learn_status!: string | null;

  @ApiProperty(nullable('Always null.'))
  learn_error!: string | null;

  @ApiProperty(nullable('Always null.'))
  learn_processed_at!: string | null;

  @ApiProperty({ example: '2026-11-22T17:00:49.654000', description: 'When it ended, UTC without a zone.' })
  created_at!: string;
}

const NEXT = { type: String, nullable: true, example: null, description: 'Opaque; null on the last page.' };

export class OwnerHistoryView {
  @ApiProperty({ type: [HistoryEntryView], description: 'Newest first.' })
  entries!: HistoryEntryView[];

  @ApiProperty(NEXT)
  next_cursor!: string | null;
}

export class SandboxHistoryView extends OwnerHistoryView {
  @ApiProperty({ example: 1, description: 'How many the filter finds in all.' })
  total!: number;
}

export class PayloadTextsView {
  @ApiProperty(nullable('All of it.', '42'))
  output!: string | null;

  @ApiProperty(nullable('All of it.'))
  error!: string | null;
}

export class HistoryPayloadView {
  @ApiProperty({ example: 'blob:01234567-89ab-4cde-8f01-23456789abcd' })
  payload_ref!: string;

  @ApiProperty({ enum: ['execution_output'], example: 'execution_output' })
  kind!: 'execution_output';

  @ApiProperty({ type: PayloadTextsView })
  payload!: PayloadTextsView;
}
