import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { DOCKER_HOST } from './engines.js';
import { tempDir } from './temp-dir.js';

/** A socket in front of the Docker engine that comes and goes when a test says so. */
export class FlakyEngine {
  private readonly dir = tempDir();
  private readonly path = join(this.dir.path, 'engine.sock');
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;

  /** For `DOCKER_HOST`. */
  get address(): string {
    return `unix://${this.path}`;
  }

  /** From now on the real engine answers here. */
  async appear(): Promise<void> {
    const server = createServer((client) => this.join(client));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** From now on nothing is here; what is under way breaks. */
  async vanish(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(this.path, { force: true });
  }

  async remove(): Promise<void> {
    await this.vanish();
    this.dir.remove();
  }

  private join(client: Socket): void {
    const engine = connectTo(DOCKER_HOST);
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      this.sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}

function connectTo(address: string): Socket {
  if (address.startsWith('unix://')) return connect(address.slice('unix://'.length));
  const { hostname, port } = new URL(address);
  return connect(Number(port), hostname);
}
