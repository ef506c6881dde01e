import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { once } from 'node:events';
import { type Server } from 'node:http';
import { isErrno } from '../processes/errno.js';
import { type ListenAddress } from '../settings.js';

/** Starts to listen. @throws Error when something that is no socket stands in the socket's place */
export async function listen(server: Server, address: ListenAddress): Promise<void> {
  if ('port' in address) {
    server.listen(address.port);
    await once(server, 'listening');
    return;
  }
  removeStaleSocket(address.unix);
  server.listen(address.unix);
  await once(server, 'listening');
  // Bay may be another user. The socket lies in the session's own directory, which only Bay and this member can enter,
  // and it answers nobody without the secret.
  chmodSync(address.unix, 0o666);
}

function removeStaleSocket(path: string): void {
  try {
    if (!lstatSync(path).isSocket()) throw new Error(`${path} is in the way: it is no socket.`);
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
