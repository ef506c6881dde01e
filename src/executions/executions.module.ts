import { Module } from '@nestjs/common';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { ExecutionsService } from './executions.service.js';

@Module({ imports: [SandboxesModule], providers: [ExecutionsService], exports: [ExecutionsService] })
export class ExecutionsModule {}
