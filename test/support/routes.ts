import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, NestFactory, Reflector } from '@nestjs/core';
import { pino } from 'pino';
import { AppModule } from '../../src/app.module.js';
import { PUBLIC } from '../../src/auth/public.js';
import { type AccessScope, NEEDS } from '../../src/auth/scopes.js';
import { loadConfig } from '../../src/config/load-config.js';
import { tempDir } from './temp-dir.js';

/** What a route says of who may call it. */
export type Access = 'open' | AccessScope | 'says nothing';

/** Every route of the whole application, with who may call it; from the decorators, nothing is started. */
export async function listRoutes(): Promise<Record<string, Access>> {
  const dir = tempDir();
  try {
    const config = loadConfig({ env: {}, cwd: dir.path });
    const root = AppModule.forRoot(config, pino({ level: 'silent' }));
    const app = await NestFactory.create(root, { preview: true, logger: false });
    const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
    return Object.fromEntries(controllers.flatMap(({ metatype }) => routesOf(metatype as new () => object)).sort());
  } finally {
    dir.remove();
  }
}

function routesOf(controller: new () => object): [string, Access][] {
  const reflector = new Reflector();
  return new MetadataScanner().getAllMethodNames(controller.prototype as object).flatMap((name) => {
    const handler = (controller.prototype as Record<string, () => unknown>)[name];
    const path: unknown = handler && Reflect.getMetadata(PATH_METADATA, handler);
    if (!handler || path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const parts = [Reflect.getMetadata(PATH_METADATA, controller), path].join('/').split('/').filter(Boolean);
    const isOpen = reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [handler, controller]);
    const scope = reflector.getAllAndOverride<AccessScope | undefined>(NEEDS, [handler, controller]);
    return [[`${method} /${parts.join('/')}`, isOpen ? 'open' : (scope ?? 'says nothing')] as [string, Access]];
  });
}
