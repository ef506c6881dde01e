import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { JobLeaseEntity } from './job-lease.entity.js';
import { JobLeasesRepository } from './job-leases.repository.js';
import { JobRunner } from './job-runner.js';

@Global()
@Module({
  imports: [ScheduleModule.forRoot(), TypeOrmModule.forFeature([JobLeaseEntity])],
  providers: [JobRunner, JobLeasesRepository],
  exports: [JobRunner],
})
export class SchedulingModule {}
