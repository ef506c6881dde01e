import { posix } from 'node:path';
import { WORKSPACE_DIR } from '@bay/protocol';
import { workspacePath } from '../../capabilities/workspace-path.js';

/** The published runtime's name of a session's workspace: `/home/ship_` and the first eight characters of its id. */
export const homeWorkspace = (sessionId: string): string => `/home/ship_${sessionId.slice(0, 8)}/workspace`;

/**
 * A path as older clients write it, relative to the workspace: they know the workspace by two names. Throws `invalid_path`
 * for what leads out of it.
 */
export function shipPath(path: string, sessionId: string, field = 'path'): string {
  for (const root of [WORKSPACE_DIR, homeWorkspace(sessionId)]) {
    if (path === root || path === `${root}/`) return '.';
    if (path.startsWith(`${root}/`)) return workspacePath(path.slice(root.length).replace(/^\/+/, '') || '.', field);
  }
  return workspacePath(path, field);
}

/** The whole path that an answer names. */
export const shownPath = (path: string): string => posix.join(WORKSPACE_DIR, path);
