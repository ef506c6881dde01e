import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { type Logger } from 'pino';
import { FrameworkLogger } from './framework-logger.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics-server.js';
import { Metrics } from './metrics.js';
import { Tracing } from './tracing.js';

/** Nest's loggers write through pino, each line with the id of the request that it belongs to. Metrics and spans for everybody. */
@Module({})
export class TelemetryModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      imports: [LoggerModule.forRoot({ pinoHttp: { logger }, useExisting: true })],
      controllers: [MetricsController],
      providers: [FrameworkLogger, Metrics, MetricsServer, Tracing],
      exports: [Metrics, Tracing],
    };
  }
}
