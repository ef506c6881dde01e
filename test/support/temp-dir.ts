import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of the test's own; `remove` leaves nothing. */
export function tempDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'bay-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
