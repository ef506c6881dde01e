import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/history.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { ExecutionSlots } from './execution-slots.js';
import { ExecutionsService } from './executions.service.js';
import { KeyedExecutions } from './keyed-executions.js';

@Module({
  imports: [SandboxesModule, HistoryModule, IdempotencyModule],
  providers: [ExecutionSlots, ExecutionsService, KeyedExecutions],
  exports: [ExecutionsService, KeyedExecutions],
})
export class ExecutionsModule {}
