import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Logger } from 'pino';
import { AppModule } from '../app.module.js';
import { ConfigError } from '../config/config-error.js';
import { type LoadedConfig, loadConfig } from '../config/load-config.js';
import { processEnv } from '../config/process-env.js';
import { DataDirLock } from '../database/data-dir-lock.js';
import { codeOf } from '../shared/error-code.js';
import { SystemClock } from '../shared/clock.js';
import { createLogger } from '../telemetry/logger.js';
import { createApp } from './create-app.js';
import { describeRunFile, removeRunFile, writeRunFile } from './run-file.js';
import { closeGracefully } from './shutdown.js';

/** sysexits.h */
const EX_CONFIG = 78;
/** From the signal to the end of the process, whatever hangs, ms. */
const STOP_DEADLINE_MS = 10_000;

/** Request heads must arrive in this time, ms; bodies have the deadlines of their routes, as uploads may take hours. */
const HEADERS_TIMEOUT_MS = 20_000;
/** Above the minute that load balancers keep idle connections, so that it is not Bay that closes one in use, ms. */
const KEEP_ALIVE_MS = 65_000;
/** Silence on a connection, ms; above the longest call (300 s and a start), below "forever". */
const SILENCE_MS = 600_000;

/** Bay from configuration to exit code. */
export async function serve(): Promise<void> {
  const config = configure();
  if (!config) return;
  const logger = createLogger(config.telemetry);
  const { dataDir } = config.server;
  const lock = lockOf(config);
  if (!lock) {
    fail(
      `Another Bay${describeRunFile(dataDir)} uses the data directory ${dataDir}. Stop it, or name another with BAY_DATA_DIR.`,
    );
    return;
  }
  removeRunFile(dataDir);
  dieLoudly(logger);
  for (const notice of config.notices) logger.warn(notice);
  try {
    const app = await createApp(AppModule.forRoot(config, logger), logger);
    stopOnSignals(app, { dataDir, lock, logger });
    await listen(app, config);
    announce(app, config, logger);
  } catch (error) {
    logger.fatal({ err: error }, 'Bay cannot start.');
    fail(`Bay cannot start: ${reason(error, config)}`);
    // Whatever was opened before the failure would keep the process.
    process.exit();
  }
}

/** SQLite's file is one process's; replicas on PostgreSQL may share what else lies in the directory. */
function lockOf({ database, server }: LoadedConfig): Pick<DataDirLock, 'release'> | undefined {
  return database.kind === 'sqlite' ? DataDirLock.take(server.dataDir) : { release: () => undefined };
}

function configure(): LoadedConfig | undefined {
  try {
    return loadConfig({ env: processEnv(), cwd: process.cwd() });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(error.message, EX_CONFIG);
    return undefined;
  }
}

function fail(message: string, code = 1): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}

function reason(error: unknown, { server }: LoadedConfig): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `port ${server.port} on ${server.host} is in use. Stop what uses it, or choose another with PORT.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no address ${server.host}. Correct server.host.`;
    case 'EACCES':
      return `port ${server.port} may not be used. Choose one above 1023 with PORT.`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

async function listen(app: NestExpressApplication, { server: { host, port } }: LoadedConfig): Promise<void> {
  const server: Server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = SILENCE_MS;
  await app.listen(port, host);
}

function announce(app: NestExpressApplication, config: LoadedConfig, logger: Logger): void {
  const { dataDir, host } = config.server;
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const startedAtMs = new SystemClock().now() - Math.round(performance.now());
  writeRunFile(dataDir, { pid: process.pid, host, port, url, started_at_ms: startedAtMs });
  logger.info(
    { url, api_key_from: config.apiKeySource, data_dir: dataDir, ms: Math.round(performance.now()) },
    'Bay is ready.',
  );
}

interface Held {
  readonly dataDir: string;
  readonly lock: Pick<DataDirLock, 'release'>;
  readonly logger: Logger;
}

function stopOnSignals(app: NestExpressApplication, { dataDir, lock, logger }: Held): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      logger.warn({ signal }, 'Asked twice: Bay stops at once.');
      process.exit(1);
    }
    isStopping = true;
    logger.info({ signal }, 'Bay stops.');
    removeRunFile(dataDir);
    setTimeout(() => {
      logger.warn(`Not everything ended in ${STOP_DEADLINE_MS} ms; it is taken up at the next start.`);
      process.exit(0);
    }, STOP_DEADLINE_MS).unref();
    closeGracefully(app)
      .catch((error: unknown) => logger.error({ err: error }, 'Bay did not stop cleanly.'))
      .finally(() => {
        lock.release();
        process.exit(0);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** A fault that nobody caught leaves unknown state: the rows are safe, so end, and start again from them. */
function dieLoudly(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'A fault that nobody caught.');
    process.exit(1);
  });
}
