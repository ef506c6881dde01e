import { Global, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { DatabaseConfig } from '../config/slices.js';
import { Clock, SystemClock } from '../shared/clock.js';
import { Metrics } from '../telemetry/metrics.js';
import { DatabaseClock } from './database-clock.js';
import { dataSourceOptions, openDatabase } from './data-source.js';
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
      useFactory: (config: DatabaseConfig) => ({
        ...dataSourceOptions(config),
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
      dataSourceFactory: (options) => {
        if (!options) throw new Error('TypeORM was given no options.');
        return openDatabase(options);
      },
    }),
    TypeOrmModule.forFeature([InstallationEntity]),
  ],
  providers: [
    {
      provide: Transactions,
      inject: [getDataSourceToken(), Metrics],
      useFactory: (dataSource: DataSource, metrics: Metrics) => new Transactions(dataSource, undefined, metrics),
    },
    {
      // One process needs no other clock than its own; replicas must agree on one.
      provide: Clock,
      inject: [DatabaseConfig, Transactions],
      useFactory: ({ kind }: DatabaseConfig, transactions: Transactions) =>
        kind === 'postgres' ? DatabaseClock.start(transactions) : new SystemClock(),
    },
    { provide: InstallationId, inject: [Transactions, Clock], useFactory: ensureInstallationId },
  ],
  exports: [Transactions, Clock, InstallationId],
})
export class DatabaseModule {}
