import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JobRunner } from '../scheduling/job-runner.js';
import { IdempotencyService } from './idempotency.service.js';

/** Keys are short-lived by the day: sweeping them every ten minutes keeps the table small enough. */
const INTERVAL_MS = 600_000;

@Injectable()
export class RemoveExpiredKeysJob implements OnModuleInit {
  constructor(
    private readonly jobs: JobRunner,
    private readonly idempotency: IdempotencyService,
  ) {}

  onModuleInit(): void {
    this.jobs.register({
      name: 'remove-expired-idempotency-keys',
      intervalMs: INTERVAL_MS,
      run: async () => void (await this.idempotency.removeExpired()),
    });
  }
}
