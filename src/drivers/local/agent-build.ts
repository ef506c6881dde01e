import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isShipEntry, type HostOptions } from './local-host.js';

/** What stands for an image here, whatever its name: the agent's bundle and the Python beside it. Null without a bundle. */
export async function agentBuild({ shipBundleDir, python }: HostOptions, signal: AbortSignal): Promise<string | null> {
  const entry = (await readdir(shipBundleDir).catch(() => [])).find(isShipEntry);
  if (!entry) return null;
  const bundle = await readFile(join(shipBundleDir, entry), { signal });
  return createHash('sha256').update(bundle).update(python).digest('hex');
}
