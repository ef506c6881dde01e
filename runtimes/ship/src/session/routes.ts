import { API_VERSION, InitRequest, type Health, type Meta } from '@bay/protocol';
import { parseBody, sendJson, type Route } from '../http/router.js';
import { type Session } from './session.js';

export interface SessionRoutesOptions {
  session: Session;
  workspace: string;
  version: string;
  pythonStatus(): Health['python'];
  /** After the first `/init`. */
  onInit(): void;
}

const MAX_INIT_BYTES = 1024 * 1024;

/** Who the agent is, how it is, and whom it serves from now on. All of them answer before the init. */
export function sessionRoutes({ session, workspace, version, pythonStatus, onInit }: SessionRoutesOptions): Route[] {
  const health = (): Health => ({
    status: 'ok',
    version,
    boot_id: session.bootId,
    initialized: session.isInitialized,
    python: pythonStatus(),
  });
  const meta: Meta = {
    runtime: { name: 'ship', version, api_version: API_VERSION },
    workspace: { mount_path: workspace },
    capabilities: {
      python: { operations: ['exec'], engine: 'ipython' },
      shell: { operations: ['exec'] },
      filesystem: {
        operations: ['read', 'write', 'delete', 'list', 'upload', 'download'],
        path_mode: 'relative_to_mount',
      },
    },
  };
  return [
    {
      method: 'GET',
      pattern: '/health',
      beforeInit: true,
      handle: async ({ response }) => sendJson(response, 200, health()),
    },
    {
      method: 'GET',
      pattern: '/meta',
      beforeInit: true,
      handle: async ({ response }) => sendJson(response, 200, meta),
    },
    {
      method: 'POST',
      pattern: '/init',
      beforeInit: true,
      async handle({ request, response }) {
        if (session.init(await parseBody(request, InitRequest, MAX_INIT_BYTES))) onInit();
        sendJson(response, 200, { boot_id: session.bootId });
      },
    },
  ];
}
