import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { findTool, TOOL_ENVIRONMENT } from './host-tools.js';
import type { LocalHost } from './local-host.js';
import type { SandboxProcess } from './sandbox-process.js';

const READY = 3;
const LIFELINE = 4;
const NETWORK = 5;
/** Comes with setpriv, which is there where root has sandboxes: both are of util-linux. */
const UNSHARE = findTool('unshare') ?? 'unshare';

/**
 * bwrap has left the user namespace that owns the sandbox's network for a deeper one by now, and only a system call still
 * finds it (ioctl NS_GET_USERNS, linux/nsfs.h). Node has no such call; Python becomes slirp4netns right after it.
 */
const WITH_OWNER = `
import fcntl, os, sys
owner = fcntl.ioctl(${NETWORK}, 0xb701)
os.set_inheritable(owner, True)
os.execv(sys.argv[1], [sys.argv[1], '--userns-path=/proc/self/fd/%d' % owner] + sys.argv[2:])
`;

/** `python` where the sandbox has a user namespace of its own. */
export interface SlirpTools {
  readonly slirp: string;
  readonly python: string | null;
}

export const slirpTools = (slirp: string, { sandbox }: LocalHost): SlirpTools => ({
  slirp,
  python: sandbox.setpriv === null ? sandbox.python : null,
});

/**
 * A network in user space for one sandbox: out to the internet, not to the host's own loopback. Settles when the sandbox
 * has its interface, rejects when it will get none.
 *
 * slirp4netns ends with the sandbox, with or without Bay: it holds the other end of the sandbox's lifeline. The network is
 * handed over as an open file, which no recycled pid can change.
 */
export const startSlirp = (tools: SlirpTools, sandbox: SandboxProcess): Promise<void> => {
  const network = openSync(`/proc/${sandbox.init.pid}/ns/net`, 'r');
  try {
    const [command, commandArguments] = slirpCommand(tools);
    const child = spawn(command, commandArguments, {
      detached: true,
      cwd: '/',
      env: { ...TOOL_ENVIRONMENT },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', sandbox.lifeline, network],
    });
    return untilReady(child);
  } finally {
    closeSync(network);
  }
};

/**
 * With `--enable-sandbox` slirp4netns makes a mount namespace in which mounts of the machine are still shared, and takes them
 * all down: that would reach the machine itself, where they are the file systems of containers and disks. So root's gets a
 * private one before. In a user namespace the kernel sees to that.
 */
const WITH_MOUNTS_OF_ITS_OWN = ['--mount', '--propagation', 'private', '--'];

export const slirpCommand = ({ slirp, python }: SlirpTools): [string, string[]] => {
  const own = [
    ...['--configure', '--mtu=65520', '--disable-host-loopback', '--enable-seccomp'],
    // Takes root's rights and files away from it; an ordinary user's slirp4netns has none, and cannot do this.
    ...(python === null ? ['--enable-sandbox'] : []),
    ...[`--ready-fd=${READY}`, `--exit-fd=${LIFELINE}`, '--netns-type=path', `/proc/self/fd/${NETWORK}`, 'tap0'],
  ];
  if (python !== null) return [python, ['-I', '-S', '-c', WITH_OWNER, slirp, ...own]];
  return [UNSHARE, [...WITH_MOUNTS_OF_ITS_OWN, slirp, ...own]];
};

const untilReady = async (child: ChildProcess): Promise<void> => {
  // The pipe that this process's own spawn made: always readable.
  const pipe = child.stdio[READY] as Readable;
  try {
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`slirp4netns ended with ${String(code)} before the network was there.`);
    });
    await Promise.race([once(pipe, 'data'), failed]);
  } finally {
    pipe.destroy();
    child.unref();
  }
};
