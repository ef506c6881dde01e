import { request } from 'node:http';

/** Why an engine cannot be used; the sentence is shown to people. */
export type EngineAnswer =
  { readonly there: true; readonly version: string } | { readonly there: false; readonly why: string };

interface EngineReply {
  readonly status: number;
  readonly body: string;
}

const PING_TIMEOUT_MS = 3000;

/** Asks the engine's socket who is there: no docker command and no process, so it costs milliseconds. */
export const probeDocker = async (dockerHost: string): Promise<EngineAnswer> => {
  try {
    const reply = await engineGet(dockerHost, '/version');
    const version = (JSON.parse(reply.body) as { Version?: string }).Version ?? 'unknown';
    return { there: true, version };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      return { there: false, why: `this user may not use ${dockerHost} (is it in the group docker?)` };
    return { there: false, why: `no Docker engine answers at ${dockerHost}` };
  }
};

/** The labels of an image; undefined when the engine does not have it. */
export const imageLabels = async (dockerHost: string, image: string): Promise<Record<string, string> | undefined> => {
  const reply = await engineGet(dockerHost, `/images/${encodeURIComponent(image)}/json`);
  if (reply.status !== 200) return undefined;
  const config = (JSON.parse(reply.body) as { Config?: { Labels?: Record<string, string> | null } }).Config;
  return config?.Labels ?? {};
};

const engineGet = (dockerHost: string, path: string): Promise<EngineReply> =>
  new Promise((resolve, reject) => {
    const call = request({ ...address(dockerHost), path, timeout: PING_TIMEOUT_MS }, (response) => {
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

const address = (dockerHost: string): { socketPath: string } | { host: string; port: number } => {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  return { host: url.hostname, port: Number(url.port || 2375) };
};
