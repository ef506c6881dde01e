import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { AgentError } from '../http/errors.js';
import { isErrno } from '../processes/errno.js';

/**
 * The directory that `cwd` names, relative to the workspace, with symlinks resolved.
 * @throws AgentError `path_invalid`, `path_outside_workspace`, `file_not_found`, `not_a_directory`, `access_denied`
 */
export async function workingDirectory(workspace: string, cwd = '.'): Promise<string> {
  if (cwd.includes('\0')) throw new AgentError('path_invalid', 'cwd holds a NUL byte.');
  const root = await realpath(workspace);
  const wanted = resolve(root, cwd.startsWith(workspace) ? cwd.replace(workspace, root) : cwd);
  if (!isInside(root, wanted)) throw new AgentError('path_outside_workspace', `cwd '${cwd}' is outside the workspace.`);
  const real = await resolveLinks(wanted, cwd);
  if (!isInside(root, real)) throw new AgentError('path_outside_workspace', `cwd '${cwd}' leads out of the workspace.`);
  if (!(await stat(real)).isDirectory()) throw new AgentError('not_a_directory', `cwd '${cwd}' is not a directory.`);
  return real;
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function resolveLinks(path: string, cwd: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new AgentError('file_not_found', `cwd '${cwd}' does not exist.`);
    if (isErrno(error, 'ENOTDIR')) throw new AgentError('not_a_directory', `cwd '${cwd}' is not a directory.`);
    if (isErrno(error, 'EACCES')) throw new AgentError('access_denied', `cwd '${cwd}' cannot be entered.`);
    if (isErrno(error, 'ENAMETOOLONG', 'ELOOP')) throw new AgentError('path_invalid', `cwd is no usable path.`);
    throw error;
  }
}
