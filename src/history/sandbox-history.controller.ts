import { Body, Controller, Get, Param, Patch, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { decodeCursor, pageOf } from '../http/paging.js';
import { SandboxGuard, TheSandbox } from '../sandboxes/sandbox.guard.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { BayError } from '../shared/errors.js';
import { filterOf } from './history-filters.js';
import { historyView } from './history-views.js';
import { AnnotateDto, LastQuery, HistoryEntryView, SandboxHistoryQuery, SandboxHistoryView } from './history.dto.js';
import { HistoryService } from './history.service.js';

const EXECUTION_ID = { name: 'execution_id', example: 'exec-0123456789ab' };

@ApiTags('history')
@ApiBearerAuth()
@ApiParam({ name: 'sandbox_id', example: 'sandbox-0123456789ab' })
@UseGuards(SandboxGuard)
@Needs('sandboxes:read')
@Controller('v1/sandboxes/:sandbox_id/history')
export class SandboxHistoryController {
  constructor(private readonly history: HistoryService) {}

  @Get()
  @ApiOperation({ summary: 'List what ran in a sandbox, newest first', description: 'Starts nothing.' })
  @ApiResponse({ status: 200, type: SandboxHistoryView })
  async list(@TheSandbox() sandbox: Sandbox, @Query() query: SandboxHistoryQuery): Promise<SandboxHistoryView> {
    const { limit, offset } = query;
    const scope = { owner: sandbox.owner };
    const filter = filterOf(sandbox.publicId, query);
    const after = decodeCursor(query.cursor) ?? null;
    const rows = await this.history.list(scope, filter, { limit, offset, after });
    const page = pageOf(rows, limit, {
      show: historyView,
      position: (row) => ({ createdAtMs: row.createdAt, id: row.id }),
    });
    return { entries: [...page.items], total: await this.history.count(scope, filter), next_cursor: page.next_cursor };
  }

  /** Before `:execution_id`, which would take the word for an id. */
  @Get('last')
  @ApiOperation({ summary: 'Look at the newest execution' })
  @ApiResponse({ status: 200, type: HistoryEntryView })
  async last(@TheSandbox() sandbox: Sandbox, @Query() { exec_type }: LastQuery): Promise<HistoryEntryView> {
    const filter = filterOf(sandbox.publicId, Object.assign(new SandboxHistoryQuery(), { exec_type }));
    const page = { limit: 1, offset: 0, after: null };
    const [entry] = await this.history.list({ owner: sandbox.owner }, filter, page);
    if (!entry) throw new BayError('not_found', 'No execution history found.');
    return historyView(entry);
  }

  @Get(':execution_id')
  @ApiParam(EXECUTION_ID)
  @ApiOperation({ summary: 'Look at one execution' })
  @ApiResponse({ status: 200, type: HistoryEntryView })
  async get(@TheSandbox() sandbox: Sandbox, @Param('execution_id') id: string): Promise<HistoryEntryView> {
    return historyView(await this.history.get({ owner: sandbox.owner }, sandbox.publicId, id));
  }

  @Patch(':execution_id')
  @Needs('sandboxes:write')
  @ApiParam(EXECUTION_ID)
  @ApiOperation({ summary: 'Describe, tag or annotate an execution' })
  @ApiResponse({ status: 200, type: HistoryEntryView })
  async annotate(
    @TheSandbox() sandbox: Sandbox,
    @Param('execution_id') id: string,
    @Body() body: AnnotateDto,
  ): Promise<HistoryEntryView> {
    return historyView(await this.history.annotate({ owner: sandbox.owner }, sandbox.publicId, id, body));
  }
}
