import { listRoutes } from '../support/routes.js';

/** Who may call what. A new route without a line here fails. */
const ROUTES: Record<string, 'key' | 'open'> = {
  'GET /': 'open',
  'GET /health': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'key',

  'GET /v1/admin/driver': 'key',
  'POST /v1/admin/gc/run': 'key',
  'GET /v1/admin/gc/status': 'key',
  'GET /v1/profiles': 'key',

  'POST /v1/cargos': 'key',
  'GET /v1/cargos': 'key',
  'GET /v1/cargos/:cargo_id': 'key',
  'DELETE /v1/cargos/:cargo_id': 'key',

  'POST /v1/sandboxes': 'key',
  'GET /v1/sandboxes': 'key',
  'GET /v1/sandboxes/:sandbox_id': 'key',
  'DELETE /v1/sandboxes/:sandbox_id': 'key',
  'POST /v1/sandboxes/:sandbox_id/extend_ttl': 'key',
  'POST /v1/sandboxes/:sandbox_id/keepalive': 'key',
  'POST /v1/sandboxes/:sandbox_id/stop': 'key',

  'POST /v1/sandboxes/:sandbox_id/python/exec': 'key',
  'POST /v1/sandboxes/:sandbox_id/shell/exec': 'key',

  'GET /v1/sandboxes/:sandbox_id/filesystem/files': 'key',
  'PUT /v1/sandboxes/:sandbox_id/filesystem/files': 'key',
  'DELETE /v1/sandboxes/:sandbox_id/filesystem/files': 'key',
  'GET /v1/sandboxes/:sandbox_id/filesystem/directories': 'key',
  'POST /v1/sandboxes/:sandbox_id/filesystem/upload': 'key',
  'GET /v1/sandboxes/:sandbox_id/filesystem/download': 'key',
};

it('every route is open or behind the key as this table says', async () => {
  expect(await listRoutes()).toEqual(ROUTES);
});
