import type { DriverReport } from '../driver.js';
import type { ControlState, IsolationReport } from '../isolation.js';
import type { Cgroups, Controller } from './cgroups.js';
import type { LocalHost } from './local-host.js';

const ENFORCED: ControlState = { enforced: true };

export const describeHost = (host: LocalHost, cgroups: Cgroups): DriverReport => ({
  engine: `bubblewrap ${host.sandbox.bwrapVersion.join('.')} (${[
    host.sandbox.setpriv ? 'run by root' : 'run by an ordinary user',
    cgroups.version,
    host.slirp ? 'network by slirp4netns' : 'no network',
  ].join(', ')})`,
  isolation: reportIsolation(host, cgroups),
});

const reportIsolation = (host: LocalHost, cgroups: Cgroups): IsolationReport => ({
  capabilities: ENFORCED,
  no_new_privileges: ENFORCED,
  non_root_user: {
    enforced: true,
    note: host.sandbox.setpriv
      ? 'uid 1000, the same in every sandbox and on the host.'
      : "uid 1000 in a user namespace of its own; on the host it is Bay's own user.",
  },
  seccomp: host.seccompFile
    ? { enforced: true, note: 'Refuses what makes namespaces, mounts, keys, probes and modules; allows the rest.' }
    : { enforced: false, note: "No filter of system calls for this machine's architecture." },
  memory: byCgroup(cgroups, 'memory', 'Nothing limits the memory of a sandbox'),
  cpu: byCgroup(cgroups, 'cpu', 'Nothing limits the processor time of a sandbox'),
  pids: processLimit(host, cgroups),
  disk: { enforced: false, note: 'Workspaces are directories without a limit of their own.' },
  network_separation: {
    enforced: true,
    note: host.slirp
      ? "A network of its own for each sandbox; the host's loopback is out of reach, other addresses of private networks are not."
      : `A network of its own for each sandbox, without a way out: ${host.noSlirp ?? ''}`,
  },
  egress_none: ENFORCED,
});

const byCgroup = (cgroups: Cgroups, controller: Controller, otherwise: string): ControlState =>
  cgroups.limits(controller)
    ? ENFORCED
    : { enforced: false, note: `${otherwise}: Bay may not make cgroups with the ${controller} controller here.` };

const processLimit = (host: LocalHost, cgroups: Cgroups): ControlState => {
  if (cgroups.limits('pids')) return ENFORCED;
  if (host.sandbox.prlimit && host.sandbox.limitsProcesses) {
    return { enforced: true, note: "By the limit on processes of the sandbox's user namespace." };
  }
  return byCgroup(cgroups, 'pids', 'Nothing limits the number of processes of a sandbox');
};
