import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALL_DIR } from '../../src/config/install-dir.js';
import { previewOpenApi } from '../../src/openapi/preview.js';
import { listRoutes } from '../support/routes.js';

type Operations = Record<
  string,
  { operationId: string; security?: object[]; 'x-required-scope'?: string; responses: Record<string, unknown> }
>;

let text: string;
let document: {
  paths: Record<string, Operations>;
  components: { securitySchemes: object; schemas: Record<string, object> };
};
beforeAll(async () => {
  text = await previewOpenApi();
  document = JSON.parse(text);
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );

describe('openapi.json', () => {
  it('is what the application says: ./bay openapi writes it', () => {
    expect(text === readFileSync(join(INSTALL_DIR, 'openapi.json'), 'utf8')).toBe(true);
  });

  it('lists every route and asks for the key where the guard does', async () => {
    const routes = Object.entries(await listRoutes()).map(([route, access]) => [
      route.replace(/:(\w+)/g, '{$1}'),
      access === 'open' ? 'open' : 'key',
      access === 'open' ? undefined : access,
    ]);
    const listed = operations().map(({ route, operation }) => [
      route,
      (operation.security ?? []).some((one) => Object.keys(one).length === 0) ? 'open' : 'key',
      operation['x-required-scope'],
    ]);
    expect(listed.sort()).toEqual(routes.sort());
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer']);
  });

  it('says of a body whether it may have other keys', () => {
    const { schemas } = document.components;
    expect(schemas['CreateKeyDto']).toMatchObject({ additionalProperties: false });
    expect(schemas['CreateSandboxDto']).not.toHaveProperty('additionalProperties');
  });

  it('names each operation once', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
