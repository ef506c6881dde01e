import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectUnixSocket } from './unix-socket.js';

const onLinux = process.platform === 'linux' ? it : it.skip;

describe("an agent's socket, in a directory that the sandbox may write", () => {
  let dir: string;
  let server: Server;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'bay-socket-'));
    server = createServer((socket) => socket.end());
    server.listen(join(dir, 'real.sock'));
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    rmSync(dir, { recursive: true });
  });

  it('is connected to', async () => {
    const socket = await connectUnixSocket(join(dir, 'real.sock'));
    socket.destroy();
  });

  onLinux('is not followed when it is a link, which could lead to the socket of the engine', async () => {
    symlinkSync(join(dir, 'real.sock'), join(dir, 'agent.sock'));
    await expect(connectUnixSocket(join(dir, 'agent.sock'))).rejects.toMatchObject({ code: 'ship_error' });
  });

  onLinux('is refused when it is something else', async () => {
    writeFileSync(join(dir, 'agent.sock'), '');
    await expect(connectUnixSocket(join(dir, 'agent.sock'))).rejects.toMatchObject({ code: 'ship_error' });
  });

  it('that is not there is an error of the system', async () => {
    await expect(connectUnixSocket(join(dir, 'none.sock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
