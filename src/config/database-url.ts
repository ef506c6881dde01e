import { resolve } from 'node:path';

/**
 * `sqlite:<absolute path>` of what was written: `sqlite:bay.db`, `sqlite:///var/lib/bay.db`, or the older generation's
 * `sqlite+aiosqlite:///./bay.db`, whose three slashes lead a relative path and four an absolute one. `undefined` for every
 * other scheme.
 */
export function sqliteUrl(written: string, cwd: string): string | undefined {
  const match = /^sqlite(\+[a-z0-9]+)?:(.+)$/.exec(written);
  if (!match?.[2]) return undefined;
  const rest = match[2];
  const path = match[1] ? rest.replace(/^\/\/\//, '') : rest.replace(/^\/\/(?=\/)/, '').replace(/^\/(?=\.\.?\/)/, '');
  return path === '' ? undefined : `sqlite:${resolve(cwd, path)}`;
}
