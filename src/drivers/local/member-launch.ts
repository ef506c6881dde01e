import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOCKET_NAME } from '@bay/protocol';
import { agentCommand, bwrapOptions } from './bwrap-args.js';
import type { Cgroups } from './cgroups.js';
import type { GroupRecord, MemberProcesses, MemberRecord } from './group-record.js';
import type { LocalHost } from './local-host.js';
import type { LocalPaths } from './local-paths.js';
import { markerEnvironment } from './marker.js';
import { signalProcess } from './process-identity.js';
import { SandboxProcess } from './sandbox-process.js';
import { hostsFile } from './sandbox-user.js';
import { slirpTools, startSlirp } from './slirp.js';
import { orAborted } from './waiting.js';

export interface LaunchGround {
  readonly host: LocalHost;
  readonly paths: LocalPaths;
  readonly cgroups: Cgroups;
}

/** Starts one member. Whatever goes wrong, nothing of it runs afterwards. */
export const launchMember = async (
  ground: LaunchGround,
  record: GroupRecord,
  index: number,
  signal: AbortSignal,
): Promise<MemberProcesses> => {
  const { host, paths, cgroups } = ground;
  const { sessionId } = record.labels;
  const member = record.members[index] as MemberRecord;
  const places = paths.member(sessionId, index);
  const slirp = record.egress === 'open' ? host.slirp : null;
  const spec = {
    hostname: member.name,
    env: member.env,
    runDir: places.runDir,
    filesDir: paths.files(record.volume),
    hostsFile: places.hosts,
    resolvFile: join(paths.etc, slirp ? 'resolv.open' : 'resolv.none'),
    cgroups: cgroups.make(sessionId, index, member.resources),
    ...member.resources,
  };
  writeFileSync(places.hosts, hostsFile(member.name), { mode: 0o644 });
  rmSync(join(places.runDir, SOCKET_NAME), { force: true });
  const sandbox = await SandboxProcess.spawn(
    {
      bwrap: host.bwrap,
      options: bwrapOptions(host.sandbox, spec),
      command: agentCommand(host.sandbox, spec),
      marker: markerEnvironment(record),
      argumentsFile: `${places.runDir}.args`,
      logFile: places.log,
      statusFile: places.status,
      seccompFile: host.seccompFile,
    },
    signal,
  );
  try {
    cgroups.enter(sessionId, index, sandbox.init.pid);
    await sandbox.release(signal);
    // Not before: slirp4netns brings the loopback interface up, and bwrap fails where that was done already.
    const network = slirp ? startSlirp(slirpTools(slirp, host), sandbox) : Promise.resolve();
    const [agent] = await Promise.all([sandbox.agent(signal), orAborted(network, signal)]);
    return { init: sandbox.init, agent };
  } catch (error) {
    signalProcess(sandbox.init, 'SIGKILL');
    throw error;
  } finally {
    sandbox.letGo();
  }
};
