import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { type Request, type Response } from 'express';
import { CurrentOwner } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { LifecycleConfig, LimitsConfig } from '../config/slices.js';
import { schemaViolation } from '../http/validation.js';
import { WaitedInVainError } from '../sandboxes/start-queue.js';
import { OlderApi } from './older-api.js';
import { NeedsSessionId, SessionId, type ShipCall, TheShipCall } from './session-id.js';
import { ShipAllocation } from './ship-allocation.js';
import { assertTtl, asCreateError, ShipError, shipNotFound } from './ship-errors.js';
import { readSpec } from './ship-spec.js';
import { ShipViews } from './ship-views.js';
import { CreateShipDto, ExtendShipDto, LogsView, ShipSessionsView, ShipView, StartShipDto } from './ship.dto.js';
import { type BoundShip } from './ship.js';
import { ShipsService } from './ships.service.js';

const SHIP_ID = { name: 'ship_id', example: '01234567-89ab-4cde-8f01-23456789abcd' };

@OlderApi()
@Needs('sandboxes:write')
@Controller()
export class ShipsController {
  constructor(
    private readonly ships: ShipsService,
    private readonly allocation: ShipAllocation,
    private readonly views: ShipViews,
    private readonly lifecycle: LifecycleConfig,
    private readonly limits: LimitsConfig,
  ) {}

  @Get('ships')
  @Needs('sandboxes:read')
  @ApiOperation({ summary: 'List ships, newest first' })
  @ApiResponse({ status: 200, type: [ShipView] })
  async list(@CurrentOwner() owner: string): Promise<ShipView[]> {
    return this.views.ships(await this.ships.list(owner));
  }

  @Post('ship')
  @NeedsSessionId()
  @ApiOperation({
    summary: "Get the session's ship, running",
    description: 'Made if there is none, woken if it sleeps.',
  })
  @ApiResponse({ status: 201, type: ShipView })
  async create(
    @CurrentOwner() owner: string,
    @SessionId() sessionId: string,
    @Body() body: CreateShipDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ShipView> {
    assertTtl(body.ttl, this.limits);
    const spec = readSpec(body.spec);
    const request = { owner, sessionId, ttlSec: body.ttl, spec, isForced: body.force_create };
    return this.creating(async () =>
      this.views.ship(await this.allocation.allocate({ ...request, signal: gone(response) })),
    );
  }

  @Get('ship/logs/:ship_id')
  @Needs('sandboxes:read')
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'What the ship wrote' })
  @ApiResponse({ status: 200, type: LogsView })
  async logs(@CurrentOwner() owner: string, @Param('ship_id') id: string): Promise<LogsView> {
    const bound = await this.ships.find(owner, id);
    return { logs: bound ? await this.ships.logs(bound) : '' };
  }

  @Get('ship/:ship_id')
  @Needs('sandboxes:read')
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'Look at one ship' })
  @ApiResponse({ status: 200, type: ShipView })
  async get(@CurrentOwner() owner: string, @Param('ship_id') id: string): Promise<ShipView> {
    return this.views.ship(await this.ships.latest(await this.existing(owner, id)));
  }

  @Delete('ship/:ship_id')
  @HttpCode(204)
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'Stop a ship and keep its files', description: '404 when it does not run.' })
  @ApiResponse({ status: 204, description: 'Stopped.' })
  async stop(@CurrentOwner() owner: string, @Param('ship_id') id: string): Promise<void> {
    if (!(await this.ships.stop(await this.existing(owner, id)))) throw shipNotFound();
  }

  @Delete('ship/:ship_id/permanent')
  @HttpCode(204)
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'Delete a ship with its files' })
  @ApiResponse({ status: 204, description: 'Deleted.' })
  async purge(@CurrentOwner() owner: string, @Param('ship_id') id: string): Promise<void> {
    await this.ships.purge(await this.existing(owner, id));
  }

  @Post('ship/:ship_id/extend-ttl')
  @HttpCode(200)
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'Add to the life of a running ship' })
  @ApiResponse({ status: 200, type: ShipView })
  async extend(
    @CurrentOwner() owner: string,
    @Param('ship_id') id: string,
    @Body() body: ExtendShipDto,
  ): Promise<ShipView> {
    assertTtl(body.ttl, this.limits);
    const bound = await this.existing(owner, id);
    const extended = await this.ships.extend(bound, body.ttl);
    if (!extended) throw shipNotFound();
    return this.views.ship(extended);
  }

  @Post('ship/:ship_id/start')
  @HttpCode(200)
  @NeedsSessionId()
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'Start a stopped ship', description: 'A running one stays as it is.' })
  @ApiResponse({ status: 200, type: ShipView })
  async start(
    @TheShipCall() { owner, id }: ShipCall,
    @Req() request: Request,
    @Body() body: StartShipDto,
  ): Promise<ShipView> {
    if (request.body === undefined) throw schemaViolation([{ path: 'body', message: 'is missing' }]);
    assertTtl(body.ttl, this.limits);
    const bound = await this.ships.find(owner, id);
    if (!bound) throw new ShipError(404, 'Ship not found or is currently being created');
    return this.creating(async () => this.views.ship(await this.ships.start(bound, body.ttl)));
  }

  @Get('ship/:ship_id/sessions')
  @Needs('sandboxes:read')
  @ApiParam(SHIP_ID)
  @ApiOperation({ summary: 'The session of a ship' })
  @ApiResponse({ status: 200, type: ShipSessionsView })
  async sessions(@CurrentOwner() owner: string, @Param('ship_id') id: string): Promise<ShipSessionsView> {
    const bound = await this.existing(owner, id);
    const sessions = bound.ship.sessionId === null ? [] : [this.views.session(await this.ships.latest(bound))];
    return { ship_id: id, sessions, total: sessions.length };
  }

  private async existing(owner: string, id: string): Promise<BoundShip> {
    const bound = await this.ships.find(owner, id);
    if (!bound) throw shipNotFound();
    return bound;
  }

  private async creating(work: () => Promise<ShipView>): Promise<ShipView> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof WaitedInVainError) throw new ShipError(408, 'Timeout waiting for available ship slot');
      throw asCreateError(error, this.lifecycle.startTimeoutMs);
    }
  }
}

/** Aborts when the caller goes away before it is answered. */
function gone(response: Response): AbortSignal {
  const abort = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) abort.abort(new ShipError(499, 'The client has gone.'));
  });
  return abort.signal;
}
