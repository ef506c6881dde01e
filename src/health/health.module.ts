import { Global, Module } from '@nestjs/common';
import { DatabaseCheck } from './database.check.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Global()
@Module({ controllers: [HealthController], providers: [Readiness, DatabaseCheck], exports: [Readiness] })
export class HealthModule {}
