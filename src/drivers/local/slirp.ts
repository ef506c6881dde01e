import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { TOOL_ENVIRONMENT } from './host-tools.js';
import type { SandboxProcess } from './sandbox-process.js';

const READY = 3;
const LIFELINE = 4;
const NETWORK = 5;
const USERS = 6;

/**
 * A network in user space for one sandbox: out to the internet, not to the host's own loopback. Settles when the sandbox
 * has its interface, rejects when it will get none.
 *
 * slirp4netns ends with the sandbox, with or without Bay: it holds the other end of the sandbox's lifeline. The namespaces
 * are handed over as open files, before the sandbox is released, so that they are those that belong together.
 */
export const startSlirp = (slirp: string, sandbox: SandboxProcess, hasUserNamespace: boolean): Promise<void> => {
  const { pid } = sandbox.init;
  const network = openSync(`/proc/${pid}/ns/net`, 'r');
  const users = hasUserNamespace ? openSync(`/proc/${pid}/ns/user`, 'r') : null;
  try {
    const child = spawn(slirp, slirpArguments(hasUserNamespace), {
      detached: true,
      cwd: '/',
      env: { ...TOOL_ENVIRONMENT },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', sandbox.lifeline, network, ...(users === null ? [] : [users])],
    });
    return untilReady(child);
  } finally {
    closeSync(network);
    if (users !== null) closeSync(users);
  }
};

export const slirpArguments = (hasUserNamespace: boolean): string[] => [
  ...['--configure', '--mtu=65520', '--disable-host-loopback', '--enable-sandbox', '--enable-seccomp'],
  ...[`--ready-fd=${READY}`, `--exit-fd=${LIFELINE}`, '--netns-type=path'],
  ...(hasUserNamespace ? [`--userns-path=/proc/self/fd/${USERS}`] : []),
  ...[`/proc/self/fd/${NETWORK}`, 'tap0'],
];

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
