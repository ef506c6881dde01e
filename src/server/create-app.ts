import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Logger as NestLogger } from 'nestjs-pino';
import { type Logger } from 'pino';
import { AppModule } from '../app.module.js';
import { type LoadedConfig } from '../config/load-config.js';
import { assignRequestId } from '../http/request-id.js';
import { serveOpenApi } from '../openapi/openapi.js';
import { requestLog } from '../telemetry/request-log.js';

/** The whole application, neither initialised nor listening. */
export async function createApp(config: LoadedConfig, logger: Logger): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, logger), {
    // What Nest says before its own logger is there is shown at the end, through it.
    bufferLogs: true,
    // Bodies are read by an interceptor, behind the guards.
    bodyParser: false,
    abortOnError: false,
  });
  app.useLogger(app.get(NestLogger));
  app.disable('x-powered-by');
  // Nobody revalidates these answers: hashing each of them would be for nothing.
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(assignRequestId, requestLog(logger));
  serveOpenApi(app);
  return app;
}
