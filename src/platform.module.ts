import { type DynamicModule, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import { type LoadedConfig } from './config/load-config.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { SchedulingModule } from './scheduling/scheduling.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** What every part of Bay stands on: configuration, log, database, jobs, keys, HTTP rules, health. Knows no sandbox. */
@Module({})
export class PlatformModule {
  static forRoot(config: LoadedConfig, logger: Logger): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        ConfigModule.forRoot(config),
        TelemetryModule.forRoot(logger),
        DatabaseModule,
        SchedulingModule,
        AuthModule,
        HttpModule,
        HealthModule,
        IdempotencyModule,
      ],
    };
  }
}
