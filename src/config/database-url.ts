import { resolve } from 'node:path';

export type DatabaseKind = 'sqlite' | 'postgres';

export interface DatabaseLocation {
  readonly kind: DatabaseKind;
  /** `sqlite:<absolute path>`, or a URL that PostgreSQL's own clients understand. */
  readonly url: string;
}

/** What a written URL names; `undefined` for every other database. The part behind `+` names a Python driver. */
export function locateDatabase(written: string, cwd: string): DatabaseLocation | undefined {
  const sqlite = sqliteUrl(written, cwd);
  if (sqlite !== undefined) return { kind: 'sqlite', url: sqlite };
  const postgres = postgresUrl(written);
  return postgres === undefined ? undefined : { kind: 'postgres', url: postgres };
}

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

/**
 * `postgresql://…` of what was written: `postgres://`, `postgresql://`, or the older generation's `postgresql+asyncpg://`, whose
 * `ssl=` is libpq's `sslmode=`. The modes mean what they mean to libpq: `require` encrypts, `verify-full` also checks whom.
 */
function postgresUrl(written: string): string | undefined {
  const match = /^postgres(?:ql)?(?:\+[a-z0-9]+)?:(\/\/\S*)$/.exec(written);
  if (!match?.[1]) return undefined;
  const [address = '', query = ''] = splitOnce(match[1], '?');
  // A socket's directory stands in `host=`; what is before it may then be empty, which the URL parser refuses.
  if (!URL.canParse(`postgresql:${address.replace('@/', '@localhost/')}`)) return undefined;
  const parameters = new URLSearchParams(query);
  const mode = parameters.get('ssl');
  if (mode !== null && !/^(true|false|0|1)$/.test(mode)) {
    parameters.delete('ssl');
    parameters.set('sslmode', mode);
  }
  if (parameters.has('sslmode')) parameters.set('uselibpqcompat', 'true');
  return parameters.size === 0 ? `postgresql:${address}` : `postgresql:${address}?${parameters.toString()}`;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
