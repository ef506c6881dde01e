import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { HistoryEntryEntity } from './history-entry.entity.js';
import { HistoryPayloadEntity } from './history-payload.entity.js';
import { HistoryController } from './history.controller.js';
import { HistoryRepository } from './history.repository.js';
import { HistoryService } from './history.service.js';
import { KeepHistoryJob } from './keep-history.job.js';
import { SandboxHistoryController } from './sandbox-history.controller.js';

@Module({
  imports: [SandboxesModule, TypeOrmModule.forFeature([HistoryEntryEntity, HistoryPayloadEntity])],
  controllers: [SandboxHistoryController, HistoryController],
  providers: [HistoryService, HistoryRepository, KeepHistoryJob],
  exports: [HistoryService],
})
export class HistoryModule {}
