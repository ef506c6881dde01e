import { readdirSync } from 'node:fs';
import { identify, readProc, type ProcessIdentity } from './process-identity.js';
import { parseMarker, type Marker } from './marker.js';

export interface MarkedProcess {
  readonly marker: Marker;
  readonly process: ProcessIdentity;
  /** True: the first process of a sandbox, which takes all others with it. False: the bwrap outside that waits for it. */
  readonly isInit: boolean;
}

/**
 * Bay's sandboxes of one installation by the marker in their bwrap's environment: finds what was started just before Bay
 * died and is in no record.
 *
 * Only processes that no sandbox can make are looked at: those in Bay's own pid namespace, and the first process of one
 * directly below it. A marker on anything deeper is forged.
 */
export const scanForMarked = (installationId: string): MarkedProcess[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const marker = readMarker(pid);
      if (marker?.installationId !== installationId) return [];
      const level = readLevel(pid);
      const process = identify(Number(pid));
      return process && level ? [{ marker, process, isInit: level === 'init' }] : [];
    });

const readMarker = (pid: string): Marker | null => {
  const environment = readProc(`/proc/${pid}/environ`);
  return environment ? parseMarker(environment.split('\0')) : null;
};

const readLevel = (pid: string): 'outside' | 'init' | null =>
  parseLevel(/^NSpid:\s*(.*)$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1] ?? '');

/** `NSpid` holds a process's pid in each pid namespace from ours down to its own. */
export const parseLevel = (nsPid: string): 'outside' | 'init' | null => {
  const pids = nsPid.trim().split(/\s+/).filter(Boolean);
  if (pids.length === 1) return 'outside';
  return pids.length === 2 && pids[1] === '1' ? 'init' : null;
};
