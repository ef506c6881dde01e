/** What became of one row: taken over, there already, or left out for a reason. */
export type Outcome = 'added' | 'known' | { readonly reason: string };

/** What became of the rows of one kind. Plain data: the command line prints it. */
export interface ImportTally {
  readonly added: string[];
  readonly known: string[];
  readonly skipped: { readonly id: string; readonly reason: string }[];
}

export interface ImportReport {
  readonly cargos: ImportTally;
  readonly sandboxes: ImportTally;
}

export const emptyReport = (): ImportReport => ({ cargos: emptyTally(), sandboxes: emptyTally() });

const emptyTally = (): ImportTally => ({ added: [], known: [], skipped: [] });

export function note(tally: ImportTally, id: string, outcome: Outcome): void {
  if (typeof outcome === 'string') tally[outcome].push(id);
  else tally.skipped.push({ id, reason: outcome.reason });
}
