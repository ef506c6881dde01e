import { Module } from '@nestjs/common';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { FillWarmPoolJob } from './fill-warm-pool.job.js';
import { WarmPoolGauges } from './warm-pool-gauges.js';
import { WarmPoolController } from './warm-pool.controller.js';
import { WarmPoolService } from './warm-pool.service.js';

/** Started sandboxes that wait for their owners. Creates find them through the sandboxes' own module. */
@Module({
  imports: [SandboxesModule],
  controllers: [WarmPoolController],
  providers: [FillWarmPoolJob, WarmPoolGauges, WarmPoolService],
})
export class WarmPoolModule {}
