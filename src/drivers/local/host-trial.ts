import { chownSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bwrapOptions, payload } from './bwrap-args.js';
import { unavailable, type LocalHost } from './local-host.js';
import type { LocalPaths } from './local-paths.js';
import { readTail } from './member-log.js';
import { identify, isAlive, readProc, signalProcess } from './process-identity.js';
import { removeTree } from './remove-tree.js';
import { SandboxProcess } from './sandbox-process.js';
import { hostsFile, SANDBOX_UID } from './sandbox-user.js';
import { slirpTools, startSlirp } from './slirp.js';
import { orAborted } from './waiting.js';

const TRIAL_WITHIN_MS = 15_000;

const NO_NETWORK = 77;
/** Ends when the interface has come, or after three seconds without one. */
const UNTIL_NETWORK = `
import sys, time
for _ in range(300):
    if 'tap0' in open('/proc/net/dev').read(): sys.exit(0)
    time.sleep(0.01)
sys.exit(${NO_NETWORK})
`;

/**
 * Runs Python once in a real sandbox with a network: what works here works for members. Without a network the host is
 * answered without slirp4netns; without a sandbox `driver_unavailable` is thrown.
 */
export const tryHost = async (host: LocalHost, paths: LocalPaths, signal: AbortSignal): Promise<LocalHost> => {
  const run = join(paths.dataDir, 'run');
  mkdirSync(run, { recursive: true, mode: 0o700 });
  await removeAbandoned(run);
  const directory = mkdtempSync(join(run, ownPrefix()));
  try {
    return await runTrial(host, paths, directory, AbortSignal.any([signal, AbortSignal.timeout(TRIAL_WITHIN_MS)]));
  } finally {
    await removeTree(directory);
  }
};

/** Names the process that tries: `trial-<pid>-<start>-`. */
const ownPrefix = (): string => `trial-${process.pid}-${identify(process.pid)?.startTicks ?? 0}-`;

/** A Bay that was killed while it tried could not clear up. */
const removeAbandoned = async (run: string): Promise<void> => {
  for (const name of readdirSync(run)) {
    const [, pid, startTicks] = /^trial-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isAlive({ pid: Number(pid), startTicks: Number(startTicks) })) continue;
    await removeTree(join(run, name));
  }
};

const runTrial = async (
  host: LocalHost,
  paths: LocalPaths,
  directory: string,
  signal: AbortSignal,
): Promise<LocalHost> => {
  const place = (name: string): string => join(directory, name);
  for (const name of ['run', 'files']) {
    mkdirSync(place(name));
    if (host.sandbox.setpriv) chownSync(place(name), SANDBOX_UID, SANDBOX_UID);
  }
  writeFileSync(place('hosts'), hostsFile('trial'));
  const spec = {
    hostname: 'trial',
    env: {},
    runDir: place('run'),
    filesDir: place('files'),
    hostsFile: place('hosts'),
    resolvFile: join(paths.etc, 'resolv.none'),
    cgroups: {},
    memoryBytes: 0,
    pids: 64,
  };
  const call = {
    bwrap: host.bwrap,
    options: bwrapOptions(host.sandbox, spec),
    command: payload(host.sandbox, spec, [host.sandbox.python, '-I', '-c', host.slirp ? UNTIL_NETWORK : 'pass']),
    marker: {},
    argumentsFile: place('args'),
    logFile: place('log'),
    statusFile: place('status'),
    seccompFile: host.seccompFile,
  };
  const failed = (error: unknown): never => {
    signal.throwIfAborted();
    throw unavailable(whyNot(readTail(call.logFile, 500)), error);
  };
  const sandbox = await SandboxProcess.spawn(call, signal).catch(failed);
  try {
    await sandbox.release(signal).catch(failed);
    // What counts is what arrives inside; slirp4netns may end with the sandbox before it has said so.
    if (host.slirp) startSlirp(slirpTools(host.slirp, host), sandbox).catch(() => undefined);
    const code = await orAborted(sandbox.exited, signal);
    if (code === 0) return host;
    if (code === NO_NETWORK) return { ...host, slirp: null, noSlirp: 'slirp4netns does not work on this machine.' };
    throw unavailable(`Python does not run in a sandbox: ${readTail(call.logFile, 500).trim()}`);
  } finally {
    sandbox.letGo();
    signalProcess(sandbox.init, 'SIGKILL');
  }
};

/** Settings of the kernel that forbid what bwrap does, with the value that does so. */
const FORBIDDING: readonly [string, string, string][] = [
  ['kernel.unprivileged_userns_clone', '0', '1'],
  ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
  ['user.max_user_namespaces', '0', '10000'],
];

const whyNot = (said: string): string => {
  const setting = FORBIDDING.find(
    ([name, forbidding]) => readProc(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim() === forbidding,
  );
  const advice = setting
    ? `The kernel forbids user namespaces. Allow them: \`sudo sysctl -w ${setting[0]}=${setting[2]}\`.`
    : 'It needs the right to make namespaces: on the machine itself, or in a container that allows them.';
  return `bubblewrap cannot make a sandbox here (${said.trim()}). ${advice}`;
};
