import { BayError } from '../../shared/errors.js';
import type { Cgroups } from './cgroups.js';
import type { GroupRecord } from './group-record.js';
import { isAlive, signalProcess, type ProcessIdentity } from './process-identity.js';
import { scanForMarked } from './process-scan.js';
import { waitUntil } from './waiting.js';

/** A killed process may be in the kernel for as long as its disk takes. */
const KILLED_WITHIN_MS = 10_000;
const EXIT_CODE_WITHIN_MS = 50;

export interface EndGround {
  readonly installationId: string;
  readonly cgroups: Cgroups;
}

/** Ends all processes of a group: politely within `graceMs`, then with their pid namespace. Returns when they are gone. */
export const endGroup = async (
  { installationId, cgroups }: EndGround,
  record: GroupRecord,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const members = record.members.flatMap(({ processes }) => processes ?? []);
  const agents = members.map(({ agent }) => agent);
  const recorded = members.map(({ init }) => init);
  if (graceMs > 0 && agents.filter((agent) => signalProcess(agent, 'SIGTERM')).length > 0) {
    await waitUntil(() => !agents.some(isAlive), { withinMs: graceMs, signal });
    // An init without children ends by itself, and then bwrap tells the exit code.
    await waitUntil(() => !recorded.some(isAlive), { withinMs: EXIT_CODE_WITHIN_MS, signal });
  }
  const { sessionId } = record.labels;
  // Members that no record names are found by their marker.
  const found = members.length < record.members.length ? findMarked(installationId, sessionId) : [];
  await killAll([...recorded, ...found], signal);
  await cgroups.remove(sessionId, signal);
};

/** The sandboxes' first processes, then the bwraps outside, which would end by themselves. */
export const findMarked = (installationId: string, sessionId: string): ProcessIdentity[] =>
  scanForMarked(installationId)
    .filter(({ marker }) => marker.labels.sessionId === sessionId)
    .sort((one, other) => Number(other.isInit) - Number(one.isInit))
    .map(({ process }) => process);

export const killAll = async (processes: readonly ProcessIdentity[], signal: AbortSignal): Promise<void> => {
  for (const process of processes) signalProcess(process, 'SIGKILL');
  const gone = await waitUntil(() => !processes.some(isAlive), { withinMs: KILLED_WITHIN_MS, signal });
  if (!gone) throw new BayError('driver_unavailable', 'Processes of a sandbox were killed and are still there.');
};
