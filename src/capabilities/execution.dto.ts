import { ApiProperty } from '@nestjs/swagger';
import { BoolField, IntField, TextField } from '../http/fields.js';

/** Seconds: the range of the published clients. */
const TIMEOUT = { optional: true, min: 1, max: 300, default: 30, description: 'Seconds the run may take.' };

/** What every execution can be told beside its code. */
class ExecutionOptionsDto {
  @IntField(TIMEOUT)
  timeout = 30;

  @BoolField({ optional: true, default: false, description: 'Give the code back in the answer.' })
  include_code = false;

  @TextField({ nullable: true, maxLength: 4_096, withoutNul: true, description: 'A note of what this is for.' })
  description: string | null = null;

  @TextField({
    nullable: true,
    maxLength: 1_024,
    withoutNul: true,
    description: 'Comma-separated.',
    example: 'etl,daily',
  })
  tags: string | null = null;
}

export class PythonExecDto extends ExecutionOptionsDto {
  @TextField({ withoutNul: true, description: 'A cell, as in IPython.', example: 'x = 6 * 7\nprint(x)' })
  code!: string;
}

export class ShellExecDto extends ExecutionOptionsDto {
  @TextField({ withoutNul: true, description: 'Run by bash.', example: 'ls -la' })
  command!: string;

  @TextField({ nullable: true, maxLength: 4_096, description: 'Directory relative to the workspace.', example: 'data' })
  cwd: string | null = null;
}

const EXECUTION_ID = { example: 'exec-0123456789ab' };
const DURATION = { description: 'From the call to its end, milliseconds.', example: 12 };
const TRUNCATED = { description: 'The output was longer than Bay keeps, and was cut.' };

export class PythonOutputView {
  @ApiProperty({ description: 'As `output`.', example: '42' })
  text!: string;

  @ApiProperty({
    description: 'Pictures shown: base64 by MIME type.',
    type: 'array',
    items: { type: 'object', additionalProperties: { type: 'string' } },
    example: [{ 'image/png': 'iVBORw0KGgo=' }],
  })
  images!: Record<string, string>[];

  @ApiProperty({
    description: 'Everything shown, with every form it has: PNG, SVG, HTML, JSON, text.',
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [{ 'text/plain': '<Figure>', 'image/png': 'iVBORw0KGgo=' }],
  })
  displays!: Record<string, unknown>[];
}

export class PythonDataView {
  @ApiProperty({ type: Number, nullable: true, example: 1 })
  execution_count!: number | null;

  @ApiProperty({ type: PythonOutputView })
  output!: PythonOutputView;
}

export class PythonExecView {
  @ApiProperty()
  success!: boolean;

  @ApiProperty({ description: 'What was printed, shown and returned, in order.', example: '42' })
  output!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Traceback, or why it ended.' })
  error!: string | null;

  @ApiProperty({ type: PythonDataView })
  data!: PythonDataView;

  @ApiProperty(EXECUTION_ID)
  execution_id!: string;

  @ApiProperty(DURATION)
  execution_time_ms!: number;

  @ApiProperty({ type: String, nullable: true, description: 'With `include_code`.' })
  code!: string | null;

  @ApiProperty({ description: 'Python was restarted: variables are gone, files are kept.' })
  state_lost!: boolean;

  @ApiProperty(TRUNCATED)
  truncated!: boolean;
}

export class ShellExecView {
  @ApiProperty({ description: 'The exit code is 0.' })
  success!: boolean;

  @ApiProperty({ description: 'Standard output.', example: 'total 0' })
  output!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Standard error, or why it ended.' })
  error!: string | null;

  @ApiProperty({ description: '-1 when it was ended by its time limit or never started.', example: 0 })
  exit_code!: number;

  @ApiProperty(EXECUTION_ID)
  execution_id!: string;

  @ApiProperty(DURATION)
  execution_time_ms!: number;

  @ApiProperty({ description: 'As it was sent.', example: 'ls -la' })
  command!: string;

  @ApiProperty(TRUNCATED)
  truncated!: boolean;
}
