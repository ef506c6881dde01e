import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { CurrentOwner } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { LimitsConfig } from '../config/slices.js';
import { decodeCursor, pageOf } from '../http/paging.js';
import { IDEMPOTENCY_KEY, send } from '../idempotency/idempotency-http.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { BayError } from '../shared/errors.js';
import { SandboxOpening } from './sandbox-opening.js';
import { SandboxViews } from './sandbox-views.js';
import {
  CreateSandboxDto,
  ExtendTtlDto,
  ListSandboxesQuery,
  SandboxListView,
  SandboxView,
  StatusView,
} from './sandbox.dto.js';
import { SandboxGuard, TheSandbox } from './sandbox.guard.js';
import { type Sandbox } from './sandbox.js';
import { SANDBOX_STATUSES } from './sandbox.state.js';
import { SandboxesService } from './sandboxes.service.js';

const CREATED_IDLE =
  'Nothing starts before its first use, unless the profile has spares: then it is a running one. `status` is `idle` in both cases.';
const SANDBOX_ID = { name: 'sandbox_id', example: 'sandbox-0123456789ab' };

@ApiTags('sandboxes')
@ApiBearerAuth()
@Needs('sandboxes:write')
@Controller('v1/sandboxes')
export class SandboxesController {
  constructor(
    private readonly sandboxes: SandboxesService,
    private readonly opening: SandboxOpening,
    private readonly views: SandboxViews,
    private readonly idempotency: IdempotencyService,
    private readonly limits: LimitsConfig,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a sandbox', description: CREATED_IDLE })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiResponse({ status: 201, type: SandboxView })
  async create(
    @CurrentOwner() owner: string,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: CreateSandboxDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SandboxView> {
    this.assertTtl('ttl', body.ttl);
    const request = { owner, key, method: 'POST', path: '/v1/sandboxes', body };
    const wanted = { profileId: body.profile, cargoId: body.cargo_id, ttlSec: body.ttl || null };
    const answer = await this.opening.open(owner, wanted, (create) =>
      this.idempotency.once(request, async () => ({ status: 201, body: this.views.created(await create()) })),
    );
    return send(response, answer);
  }

  @Needs('sandboxes:read')
  @Get()
  @ApiOperation({ summary: 'List sandboxes, newest first' })
  @ApiResponse({ status: 200, type: SandboxListView })
  async list(@CurrentOwner() owner: string, @Query() query: ListSandboxesQuery): Promise<SandboxListView> {
    const position = decodeCursor(query.cursor);
    const rows = await this.sandboxes.list(
      { owner },
      {
        limit: query.limit,
        after: position ? { createdAt: position.createdAtMs, id: position.id } : null,
        status: SANDBOX_STATUSES.find((status) => status === query.status) ?? null,
      },
    );
    const page = pageOf(rows, query.limit, {
      show: (row) => row,
      position: (row) => ({ createdAtMs: row.createdAt, id: row.id }),
    });
    return { items: page.items.map((sandbox) => this.views.brief(sandbox)), next_cursor: page.next_cursor };
  }

  @Needs('sandboxes:read')
  @Get(':sandbox_id')
  @UseGuards(SandboxGuard)
  @ApiParam(SANDBOX_ID)
  @ApiOperation({ summary: 'Look at one sandbox' })
  @ApiResponse({ status: 200, type: SandboxView })
  async get(@CurrentOwner() owner: string, @TheSandbox() sandbox: Sandbox): Promise<SandboxView> {
    return this.views.full(await this.sandboxes.withLatestUse({ owner }, sandbox));
  }

  @Post(':sandbox_id/extend_ttl')
  @HttpCode(200)
  @UseGuards(SandboxGuard)
  @ApiParam(SANDBOX_ID)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiOperation({ summary: 'Put the expiry off' })
  @ApiResponse({ status: 200, type: SandboxView })
  async extend(
    @CurrentOwner() owner: string,
    @TheSandbox() sandbox: Sandbox,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: ExtendTtlDto,
  ): Promise<SandboxView> {
    if (body.extend_by <= 0) {
      throw new BayError('validation_error', 'extend_by must be a positive number of seconds.');
    }
    this.assertTtl('extend_by', body.extend_by);
    const path = `/v1/sandboxes/${sandbox.publicId}/extend_ttl`;
    const answer = await this.idempotency.once({ owner, key, method: 'POST', path, body }, async () => ({
      status: 200,
      body: this.views.brief(await this.sandboxes.extend({ owner }, sandbox, body.extend_by)),
    }));
    return answer.body;
  }

  @Post(':sandbox_id/keepalive')
  @HttpCode(200)
  @UseGuards(SandboxGuard)
  @ApiParam(SANDBOX_ID)
  @ApiOperation({ summary: 'Count as used, without starting anything' })
  @ApiResponse({ status: 200, type: StatusView })
  async keepAlive(@TheSandbox() sandbox: Sandbox): Promise<StatusView> {
    await this.sandboxes.keepAlive(sandbox);
    return { status: 'ok' };
  }

  @Post(':sandbox_id/stop')
  @HttpCode(200)
  @UseGuards(SandboxGuard)
  @ApiParam(SANDBOX_ID)
  @ApiOperation({ summary: 'Stop it and keep its files', description: 'Its next use starts it again.' })
  @ApiResponse({ status: 200, type: StatusView })
  async stop(@CurrentOwner() owner: string, @TheSandbox() sandbox: Sandbox): Promise<StatusView> {
    await this.sandboxes.stop({ owner }, sandbox);
    return { status: 'stopped' };
  }

  /** Not behind the guard: deleting what is deleted succeeds. */
  @Delete(':sandbox_id')
  @HttpCode(204)
  @ApiParam(SANDBOX_ID)
  @ApiOperation({ summary: 'Delete it with its files', description: 'An external cargo is kept.' })
  @ApiResponse({ status: 204, description: 'Deleted, now or before.' })
  async delete(@CurrentOwner() owner: string, @Param('sandbox_id') id: string): Promise<void> {
    const sandbox = await this.sandboxes.find({ owner }, id);
    if (!sandbox) throw new BayError('not_found', `There is no sandbox ${id}.`);
    await this.sandboxes.delete({ owner }, sandbox);
  }

  private assertTtl(field: string, seconds: number | null): void {
    const { maxTtlSec } = this.limits;
    if (seconds === null || seconds <= maxTtlSec) return;
    throw new BayError('validation_error', `${field} must be at most ${maxTtlSec} seconds.`, {
      details: { field, max: maxTtlSec },
    });
  }
}
