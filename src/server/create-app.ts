import { type Server } from 'node:http';
import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Logger } from 'pino';
import { answerBrokenRequests, requireHost } from '../http/broken-request.js';
import { assignRequestId } from '../http/request-id.js';
import { serveOpenApi } from '../openapi/openapi.js';
import { dropApiPrefix } from '../ships/api-prefix.js';
import { FrameworkLogger } from '../telemetry/framework-logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { requestLog } from '../telemetry/request-log.js';
import { Tracing } from '../telemetry/tracing.js';

/** The application of `root`, which imports `PlatformModule`; neither initialised nor listening. */
export async function createApp(root: DynamicModule, logger: Logger): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(root, {
    // What Nest says before its own logger is there is shown at the end, through it.
    bufferLogs: true,
    // Bodies are read by an interceptor, behind the guards.
    bodyParser: false,
    abortOnError: false,
  });
  app.useLogger(app.get(FrameworkLogger));
  app.disable('x-powered-by');
  // Nobody revalidates these answers: hashing each of them would be for nothing.
  app.set('etag', false);
  app.set('query parser', 'simple');
  const metrics = app.get(Metrics);
  answerBrokenRequests(app.getHttpServer() as Server, (error, requestId) => {
    metrics.error(error.code);
    logger.info({ request_id: requestId, code: error.code, err: error.cause }, 'a request that could not be read');
  });
  app.use(assignRequestId, requestLog(logger, { metrics, tracing: app.get(Tracing) }), requireHost, dropApiPrefix);
  serveOpenApi(app);
  return app;
}
