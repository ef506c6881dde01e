import { Module } from '@nestjs/common';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { ExecutionSlots } from './execution-slots.js';
import { ExecutionsService } from './executions.service.js';

@Module({ imports: [SandboxesModule], providers: [ExecutionSlots, ExecutionsService], exports: [ExecutionsService] })
export class ExecutionsModule {}
