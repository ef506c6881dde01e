import { type EngineInfo, hasSecurityOption, isRootless } from './engine-client.js';
import { PublishedPortReach } from './published-port.reach.js';
import { type Reach } from './reach.js';
import { type RunDirectories } from './run-directory.js';
import { SharedDirectoryReach } from './shared-directory.reach.js';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  /** Of the process; undefined where the system knows none. */
  readonly uid: number | undefined;
  readonly address: string;
  readonly info: EngineInfo;
}

/** The engine of Docker Desktop runs in a virtual machine, also on Linux: directories are shared with it, sockets are not. */
const IN_A_MACHINE = 'Docker Desktop';

/** A shared directory where the engine runs on this very system, otherwise a published port. */
export function chooseReach({ platform, uid, address, info }: Surroundings, directories: RunDirectories): Reach {
  const sharesFiles = platform === 'linux' && address.startsWith('unix://') && info.OperatingSystem !== IN_A_MACHINE;
  if (!sharesFiles) return new PublishedPortReach();
  const mapsUids = isRootless(info) || hasSecurityOption(info, 'userns');
  return new SharedDirectoryReach(directories, {
    ownedByAgent: uid === 0 && !mapsUids,
    relabel: hasSecurityOption(info, 'selinux'),
  });
}
