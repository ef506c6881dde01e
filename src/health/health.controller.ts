import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { Public } from '../auth/public.js';
import { VERSION } from '../config/install-dir.js';
import { HealthResponse, ReadinessResponse, WelcomeResponse } from './health.dto.js';
import { Readiness } from './readiness.js';

@ApiTags('health')
@Public()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get()
  @ApiOperation({ summary: 'What this is and where to go on' })
  @ApiOkResponse({ type: WelcomeResponse })
  welcome(): WelcomeResponse {
    return {
      status: 'ok',
      message: 'Welcome to Bay API',
      name: 'bay',
      version: VERSION,
      links: { docs: '/docs', openapi: '/openapi.json', health: '/health', ready: '/readyz' },
    };
  }

  @Get('health')
  @ApiOperation({ summary: 'Is the process alive? Looks at nothing else' })
  @ApiOkResponse({ type: HealthResponse })
  health(): HealthResponse {
    return { status: 'ok', message: 'Bay service is running', version: VERSION };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Can it serve? Looks at the database and the driver' })
  @ApiOkResponse({ type: ReadinessResponse })
  @ApiServiceUnavailableResponse({ type: ReadinessResponse })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadinessResponse> {
    const report = await this.readiness.report();
    response.status(report.status === 'ok' ? 200 : 503);
    return report;
  }
}
