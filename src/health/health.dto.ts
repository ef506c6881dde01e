import { ApiProperty } from '@nestjs/swagger';
import { type CheckResult } from './readiness.js';

const RESULT = { enum: ['ok', 'unavailable'] };

export class WelcomeResponse {
  @ApiProperty({ type: String, enum: ['ok'] })
  readonly status!: 'ok';

  @ApiProperty({ type: String, example: 'Welcome to Bay API' })
  readonly message!: string;

  @ApiProperty({ type: String, example: 'bay' })
  readonly name!: string; // set by Nest's serialisation of plain objects, as all of these

  @ApiProperty({ type: String, example: '0.1.0' })
  readonly version!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { docs: '/docs' } })
  readonly links!: Readonly<Record<string, string>>;
}

export class HealthResponse {
  @ApiProperty({ type: String, enum: ['ok'] })
  readonly status!: 'ok';

  @ApiProperty({ type: String, example: 'Bay service is running' })
  readonly message!: string;

  @ApiProperty({ type: String, example: '0.1.0' })
  readonly version!: string;
}

export class ReadinessResponse {
  @ApiProperty({ type: String, ...RESULT })
  readonly status!: CheckResult;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', ...RESULT },
    example: { database: 'ok', driver: 'ok' },
  })
  readonly checks!: Readonly<Record<string, CheckResult>>;
}
