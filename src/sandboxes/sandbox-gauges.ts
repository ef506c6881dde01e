import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type GroupUsage } from '../drivers/driver.js';
import { Clock } from '../shared/clock.js';
import { SYSTEM } from '../shared/scope.js';
import { Metrics, type Reading } from '../telemetry/metrics.js';
import { SandboxUsage } from './sandbox-usage.js';
import { SandboxesRepository } from './sandboxes.repository.js';

/** What the rows say at a scrape, and what the busiest sandboxes use. */
@Injectable()
export class SandboxGauges implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly sandboxes: SandboxesRepository,
    private readonly usage: SandboxUsage,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.metrics.readAtScrape('gauge', {
      name: 'bay_sandboxes',
      help: 'Sandboxes by status and profile.',
      labels: ['status', 'profile'],
      read: () => this.counts(),
    });
    this.metrics.readAtScrape('gauge', {
      name: 'bay_sandbox_memory_bytes',
      help: 'Memory of the most recently used sandboxes, without droppable pages.',
      labels: ['sandbox'],
      read: () => this.used(({ memoryBytes }) => memoryBytes),
    });
    this.metrics.readAtScrape('counter', {
      name: 'bay_sandbox_cpu_seconds_total',
      help: 'Processor time of the most recently used sandboxes since their start.',
      labels: ['sandbox'],
      read: () => this.used(({ cpuSec }) => cpuSec),
    });
  }

  private async counts(): Promise<Reading[]> {
    const now = this.clock.now();
    const counts = await this.transactions.read(() => this.sandboxes.countByStatus(SYSTEM, now));
    return counts.map(({ status, profile, count }) => ({ labels: { status, profile }, value: count }));
  }

  private async used(pick: (usage: GroupUsage) => number): Promise<Reading[]> {
    const samples = await this.usage.latest();
    return samples.map(({ sandbox, usage }) => ({ labels: { sandbox }, value: pick(usage) }));
  }
}
