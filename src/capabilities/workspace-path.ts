import { posix } from 'node:path';
import { BayError } from '../shared/errors.js';

type PathFault = 'empty_path' | 'null_byte' | 'absolute_path' | 'path_traversal' | 'workspace_root';

const SENTENCES: Record<PathFault, string> = {
  empty_path: 'must not be empty',
  null_byte: 'must not contain a NUL byte',
  absolute_path: 'must be relative to the workspace',
  path_traversal: 'must not lead out of the workspace',
  workspace_root: 'must name something inside the workspace, not the workspace itself',
};

/**
 * Checks a path that a client gave, before anything is started for it, and normalises it (`./a/b/../c` → `a/c`; the
 * workspace itself → `.`). Symlinks are the agent's to judge. Throws `invalid_path` with the field and a reason.
 */
export function workspacePath(path: string, field = 'path'): string {
  if (path === '') throw invalid(field, 'empty_path');
  if (path.includes('\0')) throw invalid(field, 'null_byte');
  if (path.startsWith('/')) throw invalid(field, 'absolute_path');
  const normal = posix.normalize(path).replace(/\/$/, '');
  if (normal === '..' || normal.startsWith('../')) throw invalid(field, 'path_traversal');
  return normal;
}

/** As {@link workspacePath}, for what may not be done to the workspace itself. */
export function pathInside(path: string, field = 'path'): string {
  const normal = workspacePath(path, field);
  if (normal === '.') throw invalid(field, 'workspace_root');
  return normal;
}

const invalid = (field: string, reason: PathFault): BayError =>
  new BayError('invalid_path', `${field} ${SENTENCES[reason]}.`, { details: { field, reason } });
