import { ApiProperty } from '@nestjs/swagger';
import { TextListField } from '../http/fields.js';

export class RunGcDto {
  @TextListField({
    maxItems: 100,
    nullable: true,
    example: ['idle_session', 'expired_sandbox'],
    description: 'idle_session, expired_sandbox, orphan_cargo, orphan_container; others are ignored. Default: all.',
  })
  tasks: string[] | null = null;
}

export class GcTaskResultView {
  @ApiProperty({ example: 'idle_session' })
  task_name!: string;

  @ApiProperty({ example: 2, description: 'Stopped, deleted or removed.' })
  cleaned_count!: number;

  @ApiProperty({ example: 0, description: 'Looked at and left: used again meanwhile, too young, or still in use.' })
  skipped_count!: number;

  @ApiProperty({ type: [String], example: [] })
  errors!: string[];
}

export class GcRunView {
  @ApiProperty({ type: [GcTaskResultView], description: 'One for each task that ran.' })
  results!: GcTaskResultView[];

  @ApiProperty({ example: 2 })
  total_cleaned!: number;

  @ApiProperty({ example: 0 })
  total_errors!: number;

  @ApiProperty({ example: 35 })
  duration_ms!: number;
}

export class GcStatusView {
  @ApiProperty({ description: 'Whether tasks also run by themselves.' })
  enabled!: boolean;

  @ApiProperty({ description: 'Whether one runs at this moment, in any replica.' })
  is_running!: boolean;

  @ApiProperty({
    description: 'Of the installation: what its objects on an engine are labelled with.',
    example: 'bay-0123456789ab',
  })
  instance_id!: string;

  @ApiProperty({ example: 5 })
  interval_seconds!: number;

  @ApiProperty({
    description: 'By the name of the task.',
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: { enabled: { type: 'boolean' } },
      required: ['enabled'],
    },
    example: { idle_session: { enabled: true } },
  })
  tasks!: Record<string, { enabled: boolean }>;
}
