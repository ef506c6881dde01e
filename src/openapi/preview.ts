import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { INSTALL_DIR } from '../config/install-dir.js';
import { readConfig } from '../config/load-config.js';
import { createLogger } from '../telemetry/logger.js';
import { buildOpenApi } from './openapi.js';

/** The text of `openapi.json`, from the decorators alone: no provider is made. */
export async function previewOpenApi(): Promise<string> {
  const config = readConfig({ env: {}, cwd: join(INSTALL_DIR, 'config') });
  const security = { apiKey: '', instanceKey: Buffer.alloc(0) };
  const logger = createLogger({ logLevel: 'silent', prettyLogs: false });
  const app = await NestFactory.create(AppModule.forRoot({ ...config, security, apiKeySource: '' }, logger), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return `${JSON.stringify(buildOpenApi(app), null, 2)}\n`;
}
