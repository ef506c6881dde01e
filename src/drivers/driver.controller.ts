import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { type Driver } from './driver.js';
import { DRIVER } from './driver.token.js';
import { type ControlState } from './isolation.js';

/** How long the engine may take to describe itself, ms. */
const PROBE_TIMEOUT_MS = 10_000;

export class DriverView {
  @ApiProperty({ example: 'docker-host' })
  name!: string;

  @ApiProperty({ example: 'Docker 27.3 (cgroup v2)' })
  engine!: string;

  @ApiProperty({
    description: 'What is truly in force, control by control.',
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: { enforced: { type: 'boolean' }, note: { type: 'string' } },
      required: ['enforced'],
    },
    example: { memory: { enforced: true } },
  })
  isolation!: Record<string, ControlState>;
}

@ApiTags('admin')
@ApiBearerAuth()
@Needs('admin')
@Controller('v1/admin/driver')
export class DriverController {
  constructor(@Inject(DRIVER) private readonly driver: Driver) {}

  @Get()
  @ApiOperation({ summary: 'What sandboxes run on, and how well it keeps them apart' })
  @ApiResponse({ status: 200, type: DriverView })
  async get(): Promise<DriverView> {
    const { engine, isolation } = await this.driver.probe(AbortSignal.timeout(PROBE_TIMEOUT_MS));
    return { name: this.driver.name, engine, isolation: { ...isolation } };
  }
}
