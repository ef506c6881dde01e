import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** What everybody may be allowed to do, with objects of their own. */
export const OWNER_SCOPES = [
  'sandboxes:read',
  'sandboxes:write',
  'exec',
  'files:read',
  'files:write',
  'cargos:read',
  'cargos:write',
] as const;

/** What concerns the whole installation: for the role `admin` alone. */
export const ADMIN_SCOPES = ['metrics', 'admin'] as const;

export const SCOPES = [...OWNER_SCOPES, ...ADMIN_SCOPES] as const;
export type AccessScope = (typeof SCOPES)[number];

export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const OF_ROLE: Readonly<Record<Role, ReadonlySet<AccessScope>>> = {
  user: new Set(OWNER_SCOPES),
  admin: new Set(SCOPES),
};

/** What a role may do, narrowed to `granted` where that is a list. */
export function scopesOf(role: Role, granted: readonly string[] | null): ReadonlySet<AccessScope> {
  const most = OF_ROLE[role];
  return granted === null ? most : new Set([...most].filter((scope) => granted.includes(scope)));
}

export const NEEDS = Symbol('needs');

/** The scope without which the route answers 403. A route that names none, and is not `@Public()`, needs `admin`. */
export const Needs = (scope: AccessScope): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(NEEDS, scope), ApiExtension('x-required-scope', scope));
