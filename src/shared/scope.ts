/**
 * On whose behalf a repository is asked: one owner's rows, or all of them. `SYSTEM` is for jobs and reconcilers; a query
 * without a scope does not compile.
 */
export type Scope = { readonly owner: string } | typeof SYSTEM;

export const SYSTEM = 'system' as const;

/** The part of a `where` that keeps owners apart. */
export const ownedBy = (scope: Scope): { owner?: string } => (scope === SYSTEM ? {} : { owner: scope.owner });
