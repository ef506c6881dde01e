import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { DOCKER_HOST } from './engines.js';
import { tempDir } from './temp-dir.js';

/** What Bay asks of the engine, by method and path behind the API's version. */
const REQUESTS = {
  'list networks': /^GET \/networks$/,
  'make network': /^POST \/networks\/create$/,
  'remove network': /^DELETE \/networks\/[^/]+$/,
  'make volume': /^POST \/volumes\/create$/,
  'inspect volume': /^GET \/volumes\/[^/]+$/,
  'remove volume': /^DELETE \/volumes\/[^/]+$/,
  'list containers': /^GET \/containers\/json$/,
  'make container': /^POST \/containers\/create$/,
  'inspect container': /^GET \/containers\/[^/]+\/json$/,
  'start container': /^POST \/containers\/[^/]+\/start$/,
  'remove container': /^DELETE \/containers\/[^/]+$/,
} as const;
export type EngineRequest = keyof typeof REQUESTS;

export interface Trap {
  readonly request: EngineRequest;
  /** `before` the engine hears of the request, or `after` it has carried it out and before Bay hears of that. */
  readonly when: 'before' | 'after';
  /** Which request of this kind, counted from when the trap is set. Default: the first. */
  readonly nth?: number;
  /** Bay gets no answer to this request. */
  act(): Promise<void>;
}

interface SetTrap extends Trap {
  seen: number;
  readonly sprung: () => void;
}

interface Hold {
  readonly request: EngineRequest;
  readonly isLate: boolean;
  readonly released: Promise<void>;
  readonly caught: () => void;
  readonly carriedOut: () => void;
}

export interface Held {
  /** Bay has asked. */
  readonly caught: Promise<void>;
  /** From now on the engine answers again. */
  letGo(): void;
  /** The engine has done what it was asked before. */
  readonly carriedOut: Promise<void>;
}

const target = (): { socketPath: string } | { host: string; port: string } => {
  if (DOCKER_HOST.startsWith('unix://')) return { socketPath: DOCKER_HOST.slice('unix://'.length) };
  const { hostname, port } = new URL(DOCKER_HOST);
  return { host: hostname, port };
};

/** Stands between Bay and the engine, so that a test can act exactly before or after a request of Bay's. */
export class EngineProxy {
  private readonly dir = tempDir();
  private readonly socket = join(this.dir.path, 'engine.sock');
  private server: Server | null = null;
  private trap: SetTrap | null = null;
  private held: Hold | null = null;

  static async open(): Promise<EngineProxy> {
    const proxy = new EngineProxy();
    await proxy.up();
    return proxy;
  }

  /** For `DOCKER_HOST`. */
  get address(): string {
    return `unix://${this.socket}`;
  }

  /** Sets the one trap. Resolves when it was sprung and has acted. */
  set(trap: Trap): Promise<void> {
    return new Promise((sprung) => {
      this.trap = { ...trap, seen: 0, sprung };
    });
  }

  /**
   * From now on the engine answers no request of this kind, until it is let go. An engine that is late then carries out
   * what it was asked even if Bay has given up, as one does that was busy; any other forgets it.
   */
  hold(request: EngineRequest, { isLate = false } = {}): Held {
    const [caught, released, carriedOut] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ];
    this.held = {
      ...{ request, isLate, released: released.promise },
      ...{ caught: caught.resolve, carriedOut: carriedOut.resolve },
    };
    const letGo = (): void => {
      this.held = null;
      released.resolve();
    };
    return { caught: caught.promise, letGo, carriedOut: carriedOut.promise };
  }

  /** As when the engine is stopped: its socket is gone, and so are all connections. */
  async down(): Promise<void> {
    const server = this.server;
    this.server = null;
    if (!server) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  async up(): Promise<void> {
    this.server = createServer((incoming, response) => void this.pass(incoming, response));
    this.server.listen(this.socket);
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    await this.down();
    this.dir.remove();
  }

  private async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const kind = kindOf(incoming);
    const hold = this.held;
    if (hold && hold.request === kind && !(await this.waitFor(hold, incoming, response))) return;
    const trap = this.spring(kind);
    if (trap?.when === 'before') return this.act(trap, response);
    const answer = await forward(incoming, response).catch(() => null);
    if (!answer) return void response.destroy();
    if (trap) {
      answer.resume();
      await once(answer, 'end');
      return this.act(trap, response);
    }
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  }

  /** False: who asked has given up meanwhile. */
  private async waitFor(hold: Hold, incoming: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const body = hold.isLate ? await buffer(incoming) : null;
    hold.caught();
    await hold.released;
    if (body === null) return !response.destroyed;
    const { method, url, headers } = incoming;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ ...target(), agent: false, method, path: url, headers }, resolve)
        .once('error', reject)
        .end(body);
    });
    answer.resume();
    await once(answer, 'end');
    response.destroy();
    hold.carriedOut();
    return false;
  }

  private spring(kind: EngineRequest | null): SetTrap | null {
    const { trap } = this;
    if (!trap || trap.request !== kind) return null;
    trap.seen += 1;
    if (trap.seen < (trap.nth ?? 1)) return null;
    this.trap = null;
    return trap;
  }

  private async act(trap: SetTrap, response: ServerResponse): Promise<void> {
    await trap.act();
    response.destroy();
    trap.sprung();
  }
}

function kindOf({ method, url }: IncomingMessage): EngineRequest | null {
  const path = (url ?? '').split('?')[0]?.replace(/^\/v\d+\.\d+/, '');
  const names = Object.keys(REQUESTS) as EngineRequest[];
  return names.find((name) => REQUESTS[name].test(`${method} ${path}`)) ?? null;
}

/** Rejects when the engine cannot be reached or the caller has gone. */
function forward(incoming: IncomingMessage, response: ServerResponse): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = incoming;
    const outgoing = request({ ...target(), agent: false, method, path: url, headers }, resolve);
    outgoing.once('error', reject);
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
}
