import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { type HistoryEntry } from '../history/history-entry.js';
import { filterOf } from '../history/history-filters.js';
import { AnnotateDto, LastQuery, SandboxHistoryQuery } from '../history/history.dto.js';
import { HistoryService } from '../history/history.service.js';
import { BayError } from '../shared/errors.js';
import { OlderApi } from './older-api.js';
import { ShipError } from './ship-errors.js';
import { ShipHistoryListView, ShipHistoryView, shipHistoryView } from './ship-history.dto.js';
import { ShipsService } from './ships.service.js';

const SESSION_ID = { name: 'session_id', example: 'my-session' };
const EXECUTION_ID = { name: 'execution_id', example: 'exec-0123456789ab' };

/** What ran in the ship that a session has now. */
@OlderApi()
@Needs('sandboxes:read')
@Controller('sessions/:session_id/history')
export class ShipHistoryController {
  constructor(
    private readonly ships: ShipsService,
    private readonly history: HistoryService,
  ) {}

  @Get()
  @ApiParam(SESSION_ID)
  @ApiOperation({ summary: 'List what a session ran, newest first', description: 'Empty for one that has no ship.' })
  @ApiResponse({ status: 200, type: ShipHistoryListView })
  async list(
    @CurrentOwner() owner: string,
    @Param('session_id') sessionId: string,
    @Query() query: SandboxHistoryQuery,
  ): Promise<ShipHistoryListView> {
    const bound = await this.ships.findSession(owner, sessionId);
    if (!bound) return { entries: [], total: 0 };
    const filter = filterOf(bound.sandbox.publicId, query);
    const page = { limit: query.limit, offset: query.offset, after: null };
    const rows = (await this.history.list({ owner }, filter, page)).slice(0, query.limit);
    const entries = rows.map((entry) => shipHistoryView(entry, sessionId, bound.ship.sandboxId));
    return { entries, total: await this.history.count({ owner }, filter) };
  }

  /** Before `:execution_id`, which would take the word for an id. */
  @Get('last')
  @ApiParam(SESSION_ID)
  @ApiOperation({ summary: 'Look at what a session ran last' })
  @ApiResponse({ status: 200, type: ShipHistoryView })
  async last(
    @CurrentOwner() owner: string,
    @Param('session_id') sessionId: string,
    @Query() { exec_type }: LastQuery,
  ): Promise<ShipHistoryView> {
    const query = Object.assign(new SandboxHistoryQuery(), { exec_type, limit: 1 });
    const [entry] = (await this.list(owner, sessionId, query)).entries;
    if (!entry) throw new ShipError(404, 'No execution history found');
    return entry;
  }

  @Get(':execution_id')
  @ApiParam(SESSION_ID)
  @ApiParam(EXECUTION_ID)
  @ApiOperation({ summary: 'Look at one execution of a session' })
  @ApiResponse({ status: 200, type: ShipHistoryView })
  get(
    @CurrentOwner() owner: string,
    @Param('session_id') sessionId: string,
    @Param('execution_id') id: string,
  ): Promise<ShipHistoryView> {
    return this.one(owner, sessionId, (sandbox) => this.history.get({ owner }, sandbox, id));
  }

  @Patch(':execution_id')
  @Needs('sandboxes:write')
  @ApiParam(SESSION_ID)
  @ApiParam(EXECUTION_ID)
  @ApiOperation({ summary: 'Describe, tag or annotate an execution' })
  @ApiResponse({ status: 200, type: ShipHistoryView })
  annotate(
    @CurrentOwner() owner: string,
    @Param('session_id') sessionId: string,
    @Param('execution_id') id: string,
    @Body() body: AnnotateDto,
  ): Promise<ShipHistoryView> {
    return this.one(owner, sessionId, (sandbox) => this.history.annotate({ owner }, sandbox, id, body));
  }

  private async one(
    owner: string,
    sessionId: string,
    find: (sandboxId: string) => Promise<HistoryEntry>,
  ): Promise<ShipHistoryView> {
    const bound = await this.ships.findSession(owner, sessionId);
    try {
      if (!bound) throw new ShipError(404, 'Execution not found');
      return shipHistoryView(await find(bound.sandbox.publicId), sessionId, bound.ship.sandboxId);
    } catch (error) {
      if (error instanceof BayError && error.code === 'not_found') throw new ShipError(404, 'Execution not found');
      throw error;
    }
  }
}
