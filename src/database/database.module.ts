import { Global, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { DatabaseConfig } from '../config/slices.js';
import { Clock } from '../shared/clock.js';
import { Metrics } from '../telemetry/metrics.js';
import { dataSourceOptions } from './data-source.js';
import { ensureInstallationId, InstallationId } from './installation.js';
import { InstallationEntity } from './installation.entity.js';
import { Transactions } from './transactions.js';

/** Opens the database and migrates it. Modules bring their entities with `TypeOrmModule.forFeature`. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [DatabaseConfig],
      // A database that cannot be opened stops the start with its reason; trying again would only delay it.
      useFactory: ({ url }: DatabaseConfig) => ({
        ...dataSourceOptions(url),
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
    }),
    TypeOrmModule.forFeature([InstallationEntity]),
  ],
  providers: [
    {
      provide: Transactions,
      inject: [getDataSourceToken(), Metrics],
      useFactory: (dataSource: DataSource, metrics: Metrics) => new Transactions(dataSource, undefined, metrics),
    },
    { provide: InstallationId, inject: [Transactions, Clock], useFactory: ensureInstallationId },
  ],
  exports: [Transactions, InstallationId],
})
export class DatabaseModule {}
