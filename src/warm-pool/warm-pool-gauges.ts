import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics, type Reading } from '../telemetry/metrics.js';
import { type PoolState, WarmPoolService } from './warm-pool.service.js';

/** What there is of each pool, and what there should be, at a scrape. Profiles without a pool have no series. */
@Injectable()
export class WarmPoolGauges implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly pool: WarmPoolService,
  ) {}

  onModuleInit(): void {
    this.metrics.readAtScrape('gauge', {
      name: 'bay_pool_spares',
      help: 'Spares by profile and state.',
      labels: ['profile', 'state'],
      read: () => this.read(bothStates),
    });
    this.metrics.readAtScrape('gauge', {
      name: 'bay_pool_size',
      help: 'Spares that a profile should have.',
      labels: ['profile'],
      read: () => this.read(({ profileId: profile, size }) => [{ labels: { profile }, value: size }]),
    });
  }

  private async read(readings: (state: PoolState) => Reading[]): Promise<Reading[]> {
    const states = await this.pool.states();
    return states.filter(({ size, ready, starting }) => size + ready + starting > 0).flatMap(readings);
  }
}

const bothStates = ({ profileId: profile, ready, starting }: PoolState): Reading[] => [
  { labels: { profile, state: 'ready' }, value: ready },
  { labels: { profile, state: 'starting' }, value: starting },
];
