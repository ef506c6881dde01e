import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AgentConnections } from './agent-connections.js';
import { RemoveOrphansJob } from './remove-orphans.job.js';
import { SessionEntity } from './session.entity.js';
import { SessionSecrets } from './session-secrets.js';
import { SessionStarter } from './session-starter.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { StartMetrics } from './start-metrics.js';

@Module({
  imports: [TypeOrmModule.forFeature([SessionEntity])],
  providers: [
    AgentConnections,
    RemoveOrphansJob,
    SessionSecrets,
    SessionStarter,
    SessionsRepository,
    SessionsService,
    StartMetrics,
  ],
  exports: [SessionsService, StartMetrics],
})
export class SessionsModule {}
