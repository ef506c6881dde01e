import { Module } from '@nestjs/common';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CargosController } from './cargos.controller.js';
import { CargosService } from './cargos.service.js';

@Module({
  imports: [IdempotencyModule, SandboxesModule, WorkspacesModule],
  controllers: [CargosController],
  providers: [CargosService],
})
export class CargosModule {}
