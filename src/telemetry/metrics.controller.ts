import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { Metrics } from './metrics.js';

/** Prometheus' text format 0.0.4. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

@ApiTags('health')
@Needs('metrics')
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get('metrics')
  @Header('Content-Type', METRICS_TYPE)
  @ApiOperation({ summary: 'What Bay counts and measures, for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'bay_executions_in_flight{kind="python"} 1' } })
  read(): Promise<string> {
    return this.metrics.text();
  }
}
