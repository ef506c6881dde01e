import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RemoveLateVolumesJob } from './remove-late-volumes.job.js';
import { WorkspaceAdoption } from './workspace-adoption.js';
import { WorkspaceEntity } from './workspace.entity.js';
import { WorkspacesRepository } from './workspaces.repository.js';
import { WorkspacesService } from './workspaces.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([WorkspaceEntity])],
  providers: [RemoveLateVolumesJob, WorkspaceAdoption, WorkspacesRepository, WorkspacesService],
  exports: [WorkspaceAdoption, WorkspacesService],
})
export class WorkspacesModule {}
