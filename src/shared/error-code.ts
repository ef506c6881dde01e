/** The `code` of an error of Node or SQLite (`ENOENT`, `SQLITE_BUSY`), else undefined. Not by `instanceof`: realms differ. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
