/** Why the suites on PostgreSQL cannot run here; null when they can. */
export function postgresAbsence(): string | null;
