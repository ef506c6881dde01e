import { join } from 'node:path';
import { type DriverFactory } from '../driver-factory.js';
import { chooseReach } from './choose-reach.js';
import { dockerDialect } from './docker.dialect.js';
import { EngineClient, type EngineInfo } from './engine-client.js';
import { EngineDriver } from './engine.driver.js';
import { type Reach } from './reach.js';
import { RunDirectories } from './run-directory.js';

/** Docker on this machine, its members reached from the host. */
export const createDockerHost: DriverFactory = ({ config, dataDir, installationId }) => {
  const address = config.dockerHost;
  const directories = new RunDirectories(join(dataDir, 'run'), installationId);
  const reachFor = (info: EngineInfo): Reach =>
    chooseReach({ platform: process.platform, uid: process.getuid?.(), address, info }, directories);
  return new EngineDriver({
    name: 'docker-host',
    engine: new EngineClient(address),
    dialect: dockerDialect,
    directories,
    installationId,
    reachFor,
  });
};
