/**
 * On whose behalf a repository is asked: one owner's rows, or all of them. `SYSTEM` is for jobs and reconcilers; a query
 * without a scope does not compile.
 */
export type Scope = { readonly owner: string } | typeof SYSTEM;

export const SYSTEM = 'system' as const;

/** The part of a `where` that keeps owners apart. */
export const ownedBy = (scope: Scope): { owner?: string } => (scope === SYSTEM ? {} : { owner: scope.owner });

/** What was found by its id, if the scope may see it. */
export const visibleTo = <T extends { readonly owner: string }>(scope: Scope, found: T | null): T | null =>
  found !== null && (scope === SYSTEM || found.owner === scope.owner) ? found : null;
