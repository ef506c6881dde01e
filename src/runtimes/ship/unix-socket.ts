import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { BayError } from '../../shared/errors.js';

/** Linux, include/uapi/asm-generic/fcntl.h: open a path without opening what it names. Node has no constant for it. */
const O_PATH = 0o10000000;

/**
 * Connects to an agent's socket. Its directory belongs to the sandbox, which could put a link to another socket there (the
 * engine's would be root on the host). The path is therefore opened without following a link, checked to be a socket, and
 * dialled through the descriptor; long paths work this way, too.
 */
export async function connectUnixSocket(path: string): Promise<Socket> {
  if (process.platform !== 'linux') return connected(path);
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW);
  try {
    await assertSocket(handle, path);
    return await connected(`/proc/self/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

async function assertSocket(handle: FileHandle, path: string): Promise<void> {
  const stat = await handle.stat();
  if (!stat.isSocket()) throw new BayError('ship_error', `What lies at the agent's address is not a socket: ${path}`);
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
