import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { CurrentOwner } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { decodeCursor, pageOf } from '../http/paging.js';
import { IDEMPOTENCY_KEY, send } from '../idempotency/idempotency-http.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { publicId } from '../shared/ids.js';
import { naiveUtc } from '../shared/naive-time.js';
import { type Workspace } from '../workspaces/workspace.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { CargoListView, CargoView, CreateCargoDto, ListCargosQuery } from './cargo.dto.js';
import { CargosService } from './cargos.service.js';

const CARGO_ID = { name: 'cargo_id', example: 'ws-0123456789ab' };

/** Workspaces under their public name. */
@ApiTags('cargos')
@ApiBearerAuth()
@Needs('cargos:write')
@Controller('v1/cargos')
export class CargosController {
  constructor(
    private readonly cargos: CargosService,
    private readonly workspaces: WorkspacesService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Create a cargo', description: 'Files that outlive sandboxes, and that several may share.' })
  @ApiResponse({ status: 201, type: CargoView })
  async create(
    @CurrentOwner() owner: string,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: CreateCargoDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<CargoView> {
    const request = { owner, key, method: 'POST', path: '/v1/cargos', body };
    const answer = await this.idempotency.once(request, async () => ({
      status: 201,
      body: view(await this.workspaces.createExternal(owner, body.size_limit_mb)),
    }));
    return send(response, answer);
  }

  @Needs('cargos:read')
  @Get()
  @ApiOperation({ summary: 'List cargos, newest first' })
  @ApiResponse({ status: 200, type: CargoListView })
  async list(@CurrentOwner() owner: string, @Query() query: ListCargosQuery): Promise<CargoListView> {
    const { limit, managed } = query;
    const rows = await this.workspaces.list({ owner }, { limit, managed, after: decodeCursor(query.cursor) ?? null });
    const page = pageOf(rows, limit, { show: view, position: (row) => ({ createdAtMs: row.createdAt, id: row.id }) });
    return { items: [...page.items], next_cursor: page.next_cursor };
  }

  @Needs('cargos:read')
  @Get(':cargo_id')
  @ApiParam(CARGO_ID)
  @ApiOperation({ summary: 'Look at one cargo' })
  @ApiResponse({ status: 200, type: CargoView })
  async get(@CurrentOwner() owner: string, @Param('cargo_id') id: string): Promise<CargoView> {
    return view(await this.workspaces.getPublic({ owner }, id));
  }

  @Delete(':cargo_id')
  @HttpCode(204)
  @ApiParam(CARGO_ID)
  @ApiOperation({ summary: 'Delete it with its files', description: 'Refused while a sandbox uses it.' })
  @ApiResponse({ status: 204, description: 'Deleted.' })
  async delete(@CurrentOwner() owner: string, @Param('cargo_id') id: string): Promise<void> {
    await this.cargos.delete({ owner }, id);
  }
}

const view = (workspace: Workspace): CargoView => ({
  id: workspace.publicId,
  managed: workspace.managed,
  managed_by_sandbox_id: workspace.managedBySandboxId && publicId('sandbox', workspace.managedBySandboxId),
  backend: 'docker_volume',
  size_limit_mb: workspace.sizeLimitMb,
  created_at: naiveUtc(workspace.createdAt),
  last_accessed_at: naiveUtc(workspace.lastAccessedAt),
});
