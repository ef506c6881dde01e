import { type ControlState, type IsolationReport } from '../isolation.js';
import { type EngineInfo, hasSecurityOption, isRootless } from './engine-client.js';
import { type Reach } from './reach.js';

const enforced: ControlState = { enforced: true };

const when = (condition: boolean, note: string): ControlState => (condition ? enforced : { enforced: false, note });

/** An engine may have the filter and be told to use none. */
const hasSeccomp = (info: EngineInfo): boolean =>
  hasSecurityOption(info, 'seccomp') &&
  !(info.SecurityOptions ?? []).some((option) => option.includes('profile=unconfined'));

/** An ordinary user may set limits by the second generation of cgroups only; Podman takes them without a word. */
const mayLimit = (info: EngineInfo): boolean => !(isRootless(info) && info.CgroupVersion === '1');

/** What an engine with these facts truly enforces of what Bay asks of it. */
export function isolationReport(info: EngineInfo, reach: Reach): IsolationReport {
  return {
    capabilities: enforced,
    no_new_privileges: enforced,
    non_root_user: enforced,
    seccomp: when(hasSeccomp(info), 'The engine runs containers without a seccomp filter.'),
    memory: when(mayLimit(info) && info.MemoryLimit, 'The engine cannot limit memory on this machine.'),
    cpu: when(mayLimit(info) && info.CpuCfsQuota, 'The engine cannot limit processor time on this machine.'),
    pids: when(mayLimit(info) && info.PidsLimit, 'The engine cannot limit the number of processes on this machine.'),
    disk: { enforced: false, note: 'The engine keeps volumes on its disk without a limit of their own.' },
    network_separation: {
      enforced: true,
      note: 'Sandboxes do not reach each other, but services of this machine that listen on all addresses.',
    },
    egress_none: when(reach.worksWithoutNetwork, 'Agents are reached by a port here, and a port needs a network.'),
  };
}
