import { join } from 'node:path';
import { type DriverContext, type DriverFactory } from '../driver-factory.js';
import { type Driver } from '../driver.js';
import { chooseReach } from './choose-reach.js';
import { type Dialect } from './dialect.js';
import { dockerDialect } from './docker.dialect.js';
import { EngineClient, type EngineInfo } from './engine-client.js';
import { EngineDriver } from './engine.driver.js';
import { podmanDialect } from './podman.dialect.js';
import { type Reach } from './reach.js';
import { RunDirectories } from './run-directory.js';

/** Docker on this machine, its members reached from the host. */
export const createDockerHost: DriverFactory = (context) =>
  hostDriver({ name: 'docker-host', address: context.config.dockerHost, dialect: dockerDialect }, context);

/** Podman on this machine, rootful or rootless, its members reached from the host. */
export const createPodmanHost: DriverFactory = (context) =>
  hostDriver({ name: 'podman-host', address: context.config.podmanHost, dialect: podmanDialect }, context);

interface HostEngine {
  readonly name: string;
  readonly address: string;
  readonly dialect: Dialect;
}

function hostDriver({ name, address, dialect }: HostEngine, { dataDir, installationId }: DriverContext): Driver {
  const directories = new RunDirectories(join(dataDir, 'run'), installationId);
  const reachFor = (info: EngineInfo): Reach =>
    chooseReach({ platform: process.platform, uid: process.getuid?.(), address, info }, directories);
  const engine = new EngineClient(address, dialect.program);
  return new EngineDriver({ name, engine, dialect, directories, installationId, reachFor });
}
