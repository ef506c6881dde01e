import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { GcConfig, LifecycleConfig } from '../config/slices.js';
import { InstallationId } from '../database/installation.js';
import { GcRunView, GcStatusView, RunGcDto } from './gc.dto.js';
import { type CycleReport, GcService } from './gc.service.js';

@ApiTags('admin')
@ApiBearerAuth()
@Needs('admin')
@Controller('v1/admin/gc')
export class GcController {
  constructor(
    private readonly service: GcService,
    private readonly gc: GcConfig,
    private readonly lifecycle: LifecycleConfig,
    private readonly installation: InstallationId,
  ) {}

  @Post('run')
  @HttpCode(200)
  @ApiOperation({ summary: 'Clean up now', description: 'Answers when it is done, after 25 s at most.' })
  @ApiResponse({ status: 200, type: GcRunView })
  async run(@Body() body: RunGcDto): Promise<GcRunView> {
    return view(await this.service.run(body.tasks));
  }

  @Get('status')
  @ApiOperation({ summary: 'What is cleaned up, and whether it is being done now' })
  @ApiResponse({ status: 200, type: GcStatusView })
  async status(): Promise<GcStatusView> {
    return {
      enabled: this.gc.isEnabled,
      is_running: await this.service.isRunning(),
      instance_id: this.installation.value,
      interval_seconds: this.lifecycle.sweepIntervalMs / 1000,
      tasks: Object.fromEntries(Object.entries(this.gc.tasks).map(([task, enabled]) => [task, { enabled }])),
    };
  }
}

const view = ({ tasks, durationMs }: CycleReport): GcRunView => ({
  results: tasks.map(({ task, cleaned, skipped, errors }) => ({
    task_name: task,
    cleaned_count: cleaned,
    skipped_count: skipped,
    errors: [...errors],
  })),
  total_cleaned: tasks.reduce((sum, { cleaned }) => sum + cleaned, 0),
  total_errors: tasks.reduce((sum, { errors }) => sum + errors.length, 0),
  duration_ms: durationMs,
});
