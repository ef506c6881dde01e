import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { decodeCursor, pageOf } from '../http/paging.js';
import { filterOf } from './history-filters.js';
import { historyView } from './history-views.js';
import { HistoryPayloadView, OwnerHistoryQuery, OwnerHistoryView } from './history.dto.js';
import { HistoryService } from './history.service.js';

/** Across sandboxes, those that are gone included. */
@ApiTags('history')
@ApiBearerAuth()
@Needs('sandboxes:read')
@Controller('v1/history')
export class HistoryController {
  constructor(private readonly history: HistoryService) {}

  @Get()
  @ApiOperation({ summary: 'List what ran in all your sandboxes, newest first', description: 'Also in deleted ones.' })
  @ApiResponse({ status: 200, type: OwnerHistoryView })
  async list(@CurrentOwner() owner: string, @Query() query: OwnerHistoryQuery): Promise<OwnerHistoryView> {
    const { limit } = query;
    const filter = filterOf(query.sandbox_id ?? null, query);
    const after = decodeCursor(query.cursor) ?? null;
    const rows = await this.history.list({ owner }, filter, { limit, offset: 0, after });
    const page = pageOf(rows, limit, {
      show: historyView,
      position: (row) => ({ createdAtMs: row.createdAt, id: row.id }),
    });
    return { entries: [...page.items], next_cursor: page.next_cursor };
  }

  @Get('payloads/:payload_ref')
  @ApiParam({
    name: 'payload_ref',
    description: 'As an entry has it.',
    example: 'blob:01234567-89ab-4cde-8f01-23456789abcd',
  })
  @ApiOperation({ summary: 'Read a long output in full', description: '`payload_ref` of an entry.' })
  @ApiResponse({ status: 200, type: HistoryPayloadView })
  async payload(@CurrentOwner() owner: string, @Param('payload_ref') ref: string): Promise<HistoryPayloadView> {
    return { payload_ref: ref, kind: 'execution_output', payload: await this.history.payload({ owner }, ref) };
  }
}
