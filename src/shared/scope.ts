/**
 * On whose behalf a repository is asked: one owner's rows, or all of them. `SYSTEM` is for jobs and reconcilers; a query
 * without a scope does not compile.
 */
export type Scope = { readonly owner: string } | typeof SYSTEM;

export const SYSTEM = 'system' as const;

/** Whose a thing is that no client has yet. Nobody asks in this name. */
export const NOBODY = '';

/** The part of a `where` that keeps owners apart. */
export const ownedBy = (scope: Scope): { owner?: string } => (scope === SYSTEM ? {} : { owner: somebody(scope) });

/** What was found by its id, if the scope may see it. */
export const visibleTo = <T extends { readonly owner: string }>(scope: Scope, found: T | null): T | null =>
  found !== null && (scope === SYSTEM || found.owner === somebody(scope)) ? found : null;

function somebody({ owner }: { readonly owner: string }): string {
  if (owner === NOBODY) throw new Error('A repository was asked in the name of nobody.');
  return owner;
}
