import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HistoryConfig } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { JobRunner } from '../scheduling/job-runner.js';
import { Clock } from '../shared/clock.js';
import { HistoryRepository } from './history.repository.js';

const INTERVAL_MS = 600_000;
/** Rows removed in one transaction: on SQLite everybody waits for it. */
const BATCH = 500;

/** Keeps the history within its age and counts, the oldest first. */
@Injectable()
export class KeepHistoryJob implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly history: HistoryRepository,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly config: HistoryConfig,
  ) {}

  onModuleInit(): void {
    this.jobs.register({ name: 'keep-history', intervalMs: INTERVAL_MS, run: (signal) => this.keep(signal) });
  }

  private async keep(signal: AbortSignal): Promise<void> {
    const { keepMs, perSandbox, perOwner, payloadsPerSandbox } = this.config;
    const before = this.clock.now() - keepMs;
    await this.remove(signal, () => this.history.idsBefore(before, BATCH));
    for (const sandboxId of await this.transactions.read(() => this.history.beyond('sandboxId', perSandbox)))
      await this.remove(signal, () => this.history.idsBeyond({ sandboxId }, perSandbox, BATCH));
    for (const owner of await this.transactions.read(() => this.history.beyond('owner', perOwner)))
      await this.remove(signal, () => this.history.idsBeyond({ owner }, perOwner, BATCH));
    for (const id of await this.transactions.read(() => this.history.sandboxesBeyondPayloads(payloadsPerSandbox)))
      await this.inBatches(signal, () => this.history.removePayloads(id, payloadsPerSandbox, BATCH));
  }

  private remove(signal: AbortSignal, find: () => Promise<string[]>): Promise<void> {
    return this.inBatches(signal, async () => {
      const ids = await find();
      await this.history.remove(ids);
      return ids.length;
    });
  }

  /** Until one is not full, each in a transaction of its own. */
  private async inBatches(signal: AbortSignal, batch: () => Promise<number>): Promise<void> {
    while (!signal.aborted && (await this.transactions.run(batch)) === BATCH);
  }
}
