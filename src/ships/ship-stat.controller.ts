import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/owner.js';
import { Public } from '../auth/public.js';
import { Needs } from '../auth/scopes.js';
import { VERSION } from '../config/install-dir.js';
import { OlderApi } from './older-api.js';
import { CREATING, RUNNING, STOPPED, ShipViews } from './ship-views.js';
import { OverviewView, StatView } from './ship.dto.js';
import { ShipsService } from './ships.service.js';

@OlderApi()
@Controller('stat')
export class ShipStatController {
  constructor(
    private readonly ships: ShipsService,
    private readonly views: ShipViews,
  ) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'What this is' })
  @ApiResponse({ status: 200, type: StatView })
  stat(): StatView {
    return { service: 'bay', version: VERSION, status: 'running', author: 'The Bay authors' };
  }

  @Get('overview')
  @Needs('sandboxes:read')
  @ApiOperation({ summary: 'How many ships and sessions there are' })
  @ApiResponse({ status: 200, type: OverviewView })
  async overview(@CurrentOwner() owner: string): Promise<OverviewView> {
    const bound = await this.ships.list(owner);
    const statuses = bound.map((one) => this.views.status(one));
    const count = (status: number): number => statuses.filter((one) => one === status).length;
    const sessions = bound.filter(({ ship }) => ship.sessionId !== null).map((one) => this.views.session(one));
    return {
      service: 'bay',
      version: VERSION,
      status: 'running',
      ships: { total: bound.length, running: count(RUNNING), stopped: count(STOPPED), creating: count(CREATING) },
      sessions: { total: sessions.length, active: sessions.filter(({ is_active: isActive }) => isActive).length },
    };
  }
}
