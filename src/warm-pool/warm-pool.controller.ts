import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Needs } from '../auth/scopes.js';
import { PoolDrainedView, PoolListView } from './warm-pool.dto.js';
import { WarmPoolService } from './warm-pool.service.js';

/** How long a drain waits for the engine, ms: below the patience of those who ask for it. */
const DRAIN_WAIT_MS = 15_000;

@ApiTags('admin')
@ApiBearerAuth()
@Needs('admin')
@Controller('v1/admin/pool')
export class WarmPoolController {
  constructor(private readonly pool: WarmPoolService) {}

  @Get()
  @ApiOperation({ summary: 'How the pools of spare sandboxes stand' })
  @ApiResponse({ status: 200, type: PoolListView })
  async list(): Promise<PoolListView> {
    const states = await this.pool.states();
    return {
      items: states.map(({ profileId, size, ready, starting, failures, nextTryAt }) => ({
        profile: profileId,
        size,
        ready,
        starting,
        failures,
        next_try_at: nextTryAt === null ? null : new Date(nextTryAt).toISOString(),
      })),
    };
  }

  @Post('drain')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove all spares',
    description: 'There are none from then on, until Bay is started again. Sandboxes of clients are left alone.',
  })
  @ApiResponse({ status: 200, type: PoolDrainedView })
  async drain(): Promise<PoolDrainedView> {
    const { retired, gone } = await this.pool.drain();
    const patience = new AbortController();
    const late = delay(DRAIN_WAIT_MS, false, { signal: patience.signal }).catch(() => false);
    const complete = await Promise.race([gone.then(() => true), late]);
    patience.abort();
    return { retired, complete };
  }
}
