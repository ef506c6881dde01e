import { type AgentErrorCode } from '@bay/protocol';
import { AgentError } from '../http/errors.js';

const ANSWERS: Readonly<Record<string, readonly [AgentErrorCode, string]>> = {
  ENOENT: ['file_not_found', 'There is no such file or directory'],
  ENOTDIR: ['not_a_directory', 'This is not a directory'],
  EISDIR: ['is_a_directory', 'This is a directory'],
  ENXIO: ['not_a_file', 'This is no regular file'],
  EACCES: ['access_denied', 'The permissions forbid it'],
  EPERM: ['access_denied', 'The permissions forbid it'],
  EROFS: ['access_denied', 'The file system is read-only'],
  ETXTBSY: ['access_denied', 'The file is being executed'],
  ENOSPC: ['no_space', 'The disk is full'],
  EDQUOT: ['no_space', 'The disk quota is used up'],
  EFBIG: ['too_large', 'The file system holds no file of this size'],
  ENAMETOOLONG: ['path_invalid', 'A name in the path is too long'],
  EINVAL: ['path_invalid', 'The file system refuses this name'],
  ELOOP: ['path_invalid', 'The path leads through too many symbolic links, or changes while it is used'],
  ENOTEMPTY: ['path_invalid', 'The directory is being filled while it is removed'],
  EBUSY: ['path_invalid', 'The path is a mount point'],
};

/** The system's name of an error such as `ENOENT`; undefined for anything that no system call raised. */
export function errnoOf(error: unknown): string | undefined {
  // By shape, not by instanceof: an error may come from another realm, as in a test runner's sandbox.
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Says a system call's failure about `path` in the protocol's words; any other error comes back as it is. */
export function explain(error: unknown, path: string): unknown {
  const [code, message] = ANSWERS[errnoOf(error) ?? ''] ?? [];
  return code ? new AgentError(code, `${message}: ${JSON.stringify(path)}.`) : error;
}
