import { posix } from 'node:path';
import { AgentError } from '../http/errors.js';

/** Linux's PATH_MAX; a longer path could not be opened anyhow. */
const MAX_PATH_BYTES = 4096;

/**
 * The segments of a path that a client named, below the workspace; none for the workspace itself. `.`, `..` and doubled
 * slashes are resolved as in a URL, before any file is looked at.
 *
 * @param workspace absolute, without a trailing slash
 * @throws AgentError `path_invalid`, or `path_outside_workspace` for what climbs out or is absolute elsewhere
 */
export function parsePath(workspace: string, path: string): string[] {
  if (path === '') throw new AgentError('path_invalid', 'The path is empty.');
  if (path.includes('\0')) throw new AgentError('path_invalid', 'The path holds a NUL character.');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new AgentError('path_invalid', `The path is longer than ${MAX_PATH_BYTES} bytes.`);
  }
  const normal = posix.normalize(path);
  const climbs = normal === '..' || normal.startsWith('../');
  const segments = climbs ? undefined : below(workspace, posix.resolve(workspace, normal));
  if (!segments) throw new AgentError('path_outside_workspace', `The path leads out of ${workspace}.`);
  return segments;
}

/** The segments of `absolute` below `root`; undefined when it lies elsewhere. Nothing is normalized. */
export function below(root: string, absolute: string): string[] | undefined {
  if (absolute !== root && !absolute.startsWith(`${root}/`)) return undefined;
  return absolute
    .slice(root.length)
    .split('/')
    .filter((segment) => segment !== '');
}
