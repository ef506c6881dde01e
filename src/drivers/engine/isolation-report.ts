import { type ControlState, type IsolationReport } from '../isolation.js';
import { type EngineInfo, hasSecurityOption } from './engine-client.js';
import { type Reach } from './reach.js';

const enforced: ControlState = { enforced: true };

const when = (condition: boolean, note: string): ControlState => (condition ? enforced : { enforced: false, note });

/** An engine may have the filter and be told to use none. */
const hasSeccomp = (info: EngineInfo): boolean =>
  hasSecurityOption(info, 'seccomp') &&
  !(info.SecurityOptions ?? []).some((option) => option.includes('profile=unconfined'));

/** What an engine with these facts truly enforces of what Bay asks of it. */
export function isolationReport(info: EngineInfo, reach: Reach): IsolationReport {
  return {
    capabilities: enforced,
    no_new_privileges: enforced,
    non_root_user: enforced,
    seccomp: when(hasSeccomp(info), 'The engine runs containers without a seccomp filter.'),
    memory: when(info.MemoryLimit, 'The engine cannot limit memory on this machine.'),
    cpu: when(info.CpuCfsQuota, 'The engine cannot limit processor time on this machine.'),
    pids: when(info.PidsLimit, 'The engine cannot limit the number of processes on this machine.'),
    disk: { enforced: false, note: 'The engine keeps volumes on its disk without a limit of their own.' },
    network_separation: {
      enforced: true,
      note: 'Sandboxes do not reach each other, but services of this machine that listen on all addresses.',
    },
    egress_none: when(reach.worksWithoutNetwork, 'Agents are reached by a port here, and a port needs a network.'),
  };
}
