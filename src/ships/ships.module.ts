import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CapabilitiesModule } from '../capabilities/capabilities.module.js';
import { ExecutionsModule } from '../executions/executions.module.js';
import { HistoryModule } from '../history/history.module.js';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { CodeOperations } from './operations/code-operations.js';
import { FileOperations } from './operations/file-operations.js';
import { ShipOperations } from './operations/ship-operations.js';
import { ShipAllocation } from './ship-allocation.js';
import { ShipBinding } from './ship-binding.js';
import { ShipExecController } from './ship-exec.controller.js';
import { ShipFilesController } from './ship-files.controller.js';
import { ShipHistoryController } from './ship-history.controller.js';
import { ShipSessionsController } from './ship-sessions.controller.js';
import { ShipStatController } from './ship-stat.controller.js';
import { ShipViews } from './ship-views.js';
import { ShipEntity } from './ship.entity.js';
import { ShipsController } from './ships.controller.js';
import { ShipsRepository } from './ships.repository.js';
import { ShipsService } from './ships.service.js';

/** The older API: `/ship`, `/ships`, `/sessions`, `/stat`. Translation onto the services that `/v1` stands on. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ShipEntity]),
    CapabilitiesModule,
    ExecutionsModule,
    HistoryModule,
    SandboxesModule,
  ],
  controllers: [
    ShipsController,
    ShipHistoryController,
    ShipExecController,
    ShipFilesController,
    ShipSessionsController,
    ShipStatController,
  ],
  providers: [
    CodeOperations,
    FileOperations,
    ShipAllocation,
    ShipBinding,
    ShipOperations,
    ShipViews,
    ShipsRepository,
    ShipsService,
  ],
})
export class ShipsModule {}
