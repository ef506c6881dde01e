import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/owner.js';
import { Needs } from '../auth/scopes.js';
import { LimitsConfig } from '../config/slices.js';
import { OlderApi } from './older-api.js';
import { assertTtl, ShipError, sessionNotFound } from './ship-errors.js';
import { ShipViews } from './ship-views.js';
import { ExtendSessionDto, SessionListView, SessionView } from './ship.dto.js';
import { type BoundShip } from './ship.js';
import { ShipsService } from './ships.service.js';

@OlderApi()
@Needs('sandboxes:write')
@Controller('sessions')
export class ShipSessionsController {
  constructor(
    private readonly ships: ShipsService,
    private readonly views: ShipViews,
    private readonly limits: LimitsConfig,
  ) {}

  @Get()
  @Needs('sandboxes:read')
  @ApiOperation({ summary: 'List sessions that have a ship' })
  @ApiResponse({ status: 200, type: SessionListView })
  async list(@CurrentOwner() owner: string): Promise<SessionListView> {
    const bound = (await this.ships.list(owner)).filter(({ ship }) => ship.sessionId !== null);
    const sessions = bound.map((one) => this.views.session(one));
    return { sessions, total: sessions.length };
  }

  @Get(':session_id')
  @Needs('sandboxes:read')
  @ApiParam({ name: 'session_id', example: 'my-session' })
  @ApiOperation({ summary: 'Look at one session' })
  @ApiResponse({ status: 200, type: SessionView })
  async get(@CurrentOwner() owner: string, @Param('session_id') sessionId: string): Promise<SessionView> {
    return this.views.session(await this.ships.latest(await this.existing(owner, sessionId)));
  }

  @Post(':session_id/extend-ttl')
  @HttpCode(200)
  @ApiParam({ name: 'session_id', example: 'my-session' })
  @ApiOperation({ summary: 'Count the life of its ship from now' })
  @ApiResponse({ status: 200, type: SessionView })
  async extend(
    @CurrentOwner() owner: string,
    @Param('session_id') sessionId: string,
    @Body() body: ExtendSessionDto,
  ): Promise<SessionView> {
    if (body.ttl <= 0) throw new ShipError(400, 'TTL must be greater than 0');
    assertTtl(body.ttl, this.limits);
    const bound = await this.existing(owner, sessionId);
    return this.views.session(await this.ships.liveFor(bound, body.ttl));
  }

  @Delete(':session_id')
  @HttpCode(204)
  @ApiParam({ name: 'session_id', example: 'my-session' })
  @ApiOperation({ summary: 'Part a session from its ship', description: 'The ship runs on to the end of its life.' })
  @ApiResponse({ status: 204, description: 'Parted.' })
  async delete(@CurrentOwner() owner: string, @Param('session_id') sessionId: string): Promise<void> {
    await this.existing(owner, sessionId);
    if (!(await this.ships.detach(owner, sessionId))) throw sessionNotFound();
  }

  private async existing(owner: string, sessionId: string): Promise<BoundShip> {
    const bound = await this.ships.findSession(owner, sessionId);
    if (!bound) throw sessionNotFound();
    return bound;
  }
}
