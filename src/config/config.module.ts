import { type DynamicModule, Module } from '@nestjs/common';
import type { LoadedConfig } from './load-config.js';
import {
  AccessConfig,
  DatabaseConfig,
  DriverConfig,
  GcConfig,
  HistoryConfig,
  LifecycleConfig,
  LimitsConfig,
  MetricsConfig,
  ProfilesConfig,
  SecurityConfig,
  ServerConfig,
  ShipsConfig,
  TelemetryConfig,
  WarmPoolConfig,
} from './slices.js';

/** Offers each slice of the configuration by its class, everywhere. */
@Module({})
export class ConfigModule {
  static forRoot(loaded: LoadedConfig): DynamicModule {
    const providers = [
      { provide: ServerConfig, useValue: loaded.server },
      { provide: DatabaseConfig, useValue: loaded.database },
      { provide: SecurityConfig, useValue: loaded.security },
      { provide: AccessConfig, useValue: loaded.access },
      { provide: DriverConfig, useValue: loaded.driver },
      { provide: LimitsConfig, useValue: loaded.limits },
      { provide: ShipsConfig, useValue: loaded.ships },
      { provide: GcConfig, useValue: loaded.gc },
      { provide: HistoryConfig, useValue: loaded.history },
      { provide: WarmPoolConfig, useValue: loaded.warmPool },
      { provide: LifecycleConfig, useValue: loaded.lifecycle },
      { provide: MetricsConfig, useValue: loaded.metrics },
      { provide: TelemetryConfig, useValue: loaded.telemetry },
      { provide: ProfilesConfig, useValue: loaded.profiles },
    ];
    return { module: ConfigModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
