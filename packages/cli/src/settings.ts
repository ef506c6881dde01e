import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from './failure.js';
import { type DataPaths, dataPaths, ROOT } from './paths.js';

/** What the command line must know of the configuration. The server's own reader says it, so both mean the same. */
export interface Settings {
  readonly data: DataPaths;
  readonly host: string;
  readonly port: number;
  /** Absolute path of the configuration file, if one was named. */
  readonly configFile: string | undefined;
  /** The driver that somebody asked for by name; undefined is "choose". */
  readonly driver: string | undefined;
  /** A configured API key; without one the server makes one and writes it to its credentials file. */
  readonly apiKey: string | undefined;
  readonly dockerHost: string;
  /** Podman's API socket. */
  readonly podmanHost: string;
  /** Interpreter of local sandboxes. Made by `up` when it is the one in the data directory. */
  readonly localPython: string;
  /** The environment for the server. */
  readonly env: NodeJS.ProcessEnv;
}

export interface UpFlags {
  readonly port?: number;
  readonly config?: string;
  readonly driver?: string;
}

/** The part of `src/config/load-config.ts` that is used here. */
interface ServerConfigReader {
  readConfig(surroundings: { env: NodeJS.ProcessEnv; cwd: string }): {
    server: { host: string; port: number; dataDir: string };
    driver: { name: string; dockerHost: string; podmanHost: string; localPython: string };
    configured: { apiKey: string | undefined };
  };
}

const EXIT_CONFIG = 78;

/** Flags win over the environment, the environment over `.env`, and that over the configuration files. */
export const readSettings = async (flags: UpFlags = {}): Promise<Settings> => {
  const given = flags.config ?? process.env['BAY_CONFIG_FILE'];
  const configFile = given && (isAbsolute(given) ? given : resolve(process.cwd(), given));
  // Names with a section win over all others, so that a flag wins over what else is set.
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...(configFile ? { BAY_CONFIG_FILE: configFile } : {}),
    ...(flags.port ? { BAY_SERVER__PORT: String(flags.port) } : {}),
    ...(flags.driver ? { BAY_DRIVER__TYPE: flags.driver } : {}),
  };
  const { server, driver, configured } = await readServerConfig(env);
  return {
    data: dataPaths(server.dataDir),
    host: server.host,
    port: server.port,
    configFile: configFile || undefined,
    driver: driver.name === 'auto' ? undefined : driver.name,
    apiKey: configured.apiKey,
    dockerHost: driver.dockerHost,
    podmanHost: driver.podmanHost,
    localPython: driver.localPython,
    env,
  };
};

const readServerConfig = async (env: NodeJS.ProcessEnv): Promise<ReturnType<ServerConfigReader['readConfig']>> => {
  const module = pathToFileURL(join(ROOT, 'dist/src/config/load-config.js')).href;
  const { readConfig } = (await import(module)) as ServerConfigReader;
  try {
    return readConfig({ env, cwd: ROOT });
  } catch (error) {
    if ((error as Error).name === 'ConfigError') throw new Failure((error as Error).message, [], EXIT_CONFIG);
    throw error;
  }
};
