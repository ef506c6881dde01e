import { request } from 'node:http';
import { type Settings } from '../settings.js';

/** An engine of containers that speaks Docker's API. */
export interface ContainerEngine {
  readonly product: 'Docker' | 'Podman';
  /** What people type. */
  readonly program: 'docker' | 'podman';
  /** `unix:///var/run/docker.sock` or `tcp://host:port` */
  readonly address: string;
}

type Addresses = Pick<Settings, 'dockerHost' | 'podmanHost'>;

export const dockerEngine = ({ dockerHost }: Addresses): ContainerEngine => ({
  product: 'Docker',
  program: 'docker',
  address: dockerHost,
});

export const podmanEngine = ({ podmanHost }: Addresses): ContainerEngine => ({
  product: 'Podman',
  program: 'podman',
  address: podmanHost,
});

/** The engine that a driver runs sandboxes on; undefined for drivers without one. */
export const engineOf = (driver: string | undefined, settings: Addresses): ContainerEngine | undefined => {
  if (driver === 'docker-host') return dockerEngine(settings);
  if (driver === 'podman-host') return podmanEngine(settings);
  return undefined;
};

/** Why an engine cannot be used; the sentence is shown to people. */
export type EngineAnswer =
  { readonly there: true; readonly version: string } | { readonly there: false; readonly why: string };

interface EngineReply {
  readonly status: number;
  readonly body: string;
}

const PING_TIMEOUT_MS = 3000;

const MAY_NOT = { docker: 'is it in the group docker?', podman: 'each user has a socket of their own' } as const;

/** Asks the engine's socket who is there: no docker command and no process, so it costs milliseconds. */
export const probeEngine = async ({ product, program, address }: ContainerEngine): Promise<EngineAnswer> => {
  try {
    const reply = await engineGet(address, '/version');
    const version = (JSON.parse(reply.body) as { Version?: string }).Version ?? 'unknown';
    return { there: true, version };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') return { there: false, why: `this user may not use ${address} (${MAY_NOT[program]})` };
    return { there: false, why: `no ${product} engine answers at ${address}` };
  }
};

/** The labels of an image; undefined when the engine does not have it. */
export const imageLabels = async (
  { address }: ContainerEngine,
  image: string,
): Promise<Record<string, string> | undefined> => {
  const reply = await engineGet(address, `/images/${encodeURIComponent(image)}/json`);
  if (reply.status !== 200) return undefined;
  const config = (JSON.parse(reply.body) as { Config?: { Labels?: Record<string, string> | null } }).Config;
  return config?.Labels ?? {};
};

const engineGet = (address: string, path: string): Promise<EngineReply> =>
  new Promise((resolve, reject) => {
    const call = request({ ...destination(address), path, timeout: PING_TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error('the engine did not answer in time')));
    call.on('error', reject);
    call.end();
  });

const destination = (address: string): { socketPath: string } | { host: string; port: number } => {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const url = new URL(address.replace(/^tcp:/, 'http:'));
  return { host: url.hostname, port: Number(url.port || 2375) };
};
