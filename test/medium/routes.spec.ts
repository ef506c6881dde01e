import { type Access, listRoutes } from '../support/routes.js';

/** Who may call what. A new route without a line here fails. */
const ROUTES: Record<string, Access> = {
  'GET /': 'open',
  'GET /health': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'metrics',

  'GET /v1/admin/driver': 'admin',
  'POST /v1/admin/gc/run': 'admin',
  'GET /v1/admin/gc/status': 'admin',
  'GET /v1/admin/pool': 'admin',
  'POST /v1/admin/pool/drain': 'admin',
  'GET /v1/profiles': 'sandboxes:read',

  'POST /v1/keys': 'admin',
  'GET /v1/keys': 'admin',
  'GET /v1/keys/:key_id': 'admin',
  'DELETE /v1/keys/:key_id': 'admin',

  'GET /v1/history': 'sandboxes:read',
  'GET /v1/history/payloads/:payload_ref': 'sandboxes:read',
  'GET /v1/sandboxes/:sandbox_id/history': 'sandboxes:read',
  'GET /v1/sandboxes/:sandbox_id/history/last': 'sandboxes:read',
  'GET /v1/sandboxes/:sandbox_id/history/:execution_id': 'sandboxes:read',
  'PATCH /v1/sandboxes/:sandbox_id/history/:execution_id': 'sandboxes:write',

  'POST /v1/cargos': 'cargos:write',
  'GET /v1/cargos': 'cargos:read',
  'GET /v1/cargos/:cargo_id': 'cargos:read',
  'DELETE /v1/cargos/:cargo_id': 'cargos:write',

  'POST /v1/sandboxes': 'sandboxes:write',
  'GET /v1/sandboxes': 'sandboxes:read',
  'GET /v1/sandboxes/:sandbox_id': 'sandboxes:read',
  'DELETE /v1/sandboxes/:sandbox_id': 'sandboxes:write',
  'POST /v1/sandboxes/:sandbox_id/extend_ttl': 'sandboxes:write',
  'POST /v1/sandboxes/:sandbox_id/keepalive': 'sandboxes:write',
  'POST /v1/sandboxes/:sandbox_id/stop': 'sandboxes:write',

  'POST /v1/sandboxes/:sandbox_id/python/exec': 'exec',
  'POST /v1/sandboxes/:sandbox_id/shell/exec': 'exec',

  'GET /v1/sandboxes/:sandbox_id/filesystem/files': 'files:read',
  'PUT /v1/sandboxes/:sandbox_id/filesystem/files': 'files:write',
  'DELETE /v1/sandboxes/:sandbox_id/filesystem/files': 'files:write',
  'GET /v1/sandboxes/:sandbox_id/filesystem/directories': 'files:read',
  'POST /v1/sandboxes/:sandbox_id/filesystem/upload': 'files:write',
  'GET /v1/sandboxes/:sandbox_id/filesystem/download': 'files:read',

  'GET /stat': 'open',
  'GET /stat/overview': 'sandboxes:read',
  'GET /ships': 'sandboxes:read',
  'POST /ship': 'sandboxes:write',
  'GET /ship/:ship_id': 'sandboxes:read',
  'DELETE /ship/:ship_id': 'sandboxes:write',
  'DELETE /ship/:ship_id/permanent': 'sandboxes:write',
  'POST /ship/:ship_id/exec': 'exec',
  'POST /ship/:ship_id/exec/:group/:operation': 'exec',
  'GET /ship/logs/:ship_id': 'sandboxes:read',
  'POST /ship/:ship_id/extend-ttl': 'sandboxes:write',
  'POST /ship/:ship_id/start': 'sandboxes:write',
  'POST /ship/:ship_id/upload': 'files:write',
  'GET /ship/:ship_id/download': 'files:read',
  'GET /ship/:ship_id/sessions': 'sandboxes:read',
  'GET /sessions': 'sandboxes:read',
  'GET /sessions/:session_id': 'sandboxes:read',
  'POST /sessions/:session_id/extend-ttl': 'sandboxes:write',
  'DELETE /sessions/:session_id': 'sandboxes:write',
  'GET /sessions/:session_id/history': 'sandboxes:read',
  'GET /sessions/:session_id/history/last': 'sandboxes:read',
  'GET /sessions/:session_id/history/:execution_id': 'sandboxes:read',
  'PATCH /sessions/:session_id/history/:execution_id': 'sandboxes:write',
};

it('every route is open, or needs the scope that this table says', async () => {
  expect(await listRoutes()).toEqual(ROUTES);
});
