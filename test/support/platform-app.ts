import { type Server } from 'node:http';
import { type DynamicModule, type Type } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { pino } from 'pino';
import supertest from 'supertest';
import { loadConfig } from '../../src/config/load-config.js';
import { PlatformModule } from '../../src/platform.module.js';
import { createApp } from '../../src/server/create-app.js';
import { testPlace } from './database.js';
import { tempDir } from './temp-dir.js';

export const API_KEY = 'test-key-0123456789';

export interface PlatformApp {
  readonly app: NestExpressApplication;
  readonly http: ReturnType<typeof supertest>;
  readonly server: Server;
  /** Everything that was logged, as objects. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

/** The real platform on a real database and in a directory of its own, with the test's controllers on it. */
export async function platformApp(
  parts: { controllers?: Type[]; imports?: (Type | DynamicModule)[]; env?: Record<string, string> } = {},
): Promise<PlatformApp> {
  const dir = tempDir();
  const place = await testPlace();
  const log: Record<string, unknown>[] = [];
  const config = loadConfig({ env: { BAY_API_KEY: API_KEY, ...place.env, ...parts.env }, cwd: dir.path });
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const root = {
    module: class TestModule {},
    imports: [PlatformModule.forRoot(config, logger), ...(parts.imports ?? [])],
    controllers: parts.controllers ?? [],
  };
  const app = await createApp(root, logger);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  const close = async (): Promise<void> => {
    await app.close();
    await place.remove();
    dir.remove();
  };
  return { app, server, log, http: supertest(server), close };
}

export const withKey = { Authorization: `Bearer ${API_KEY}` };
