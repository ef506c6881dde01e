import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../executions/executions.module.js';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { ExecutionsController } from './executions.controller.js';
import { FilesService } from './files.service.js';
import { FilesystemController } from './filesystem.controller.js';

@Module({
  imports: [ExecutionsModule, SandboxesModule],
  controllers: [ExecutionsController, FilesystemController],
  providers: [FilesService],
  exports: [FilesService],
})
export class CapabilitiesModule {}
