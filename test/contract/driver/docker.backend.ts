import { createDockerHost } from '../../../src/drivers/engine/host-drivers.js';
import { dockerDialect } from '../../../src/drivers/engine/docker.dialect.js';
import { DOCKER_HOST, dockerAbsence } from '../../support/engines.js';
import { type Availability, type DriverBackend } from './driver.harness.js';
import { EngineHarness, type Form, IMAGE, makeDataDir, type TestedEngine } from './engine.harness.js';

const MIB = 1024 * 1024;

/** The Docker engine of this machine. */
export function dockerBackend(form?: Form): DriverBackend {
  return {
    driver: 'docker-host',
    ...(form && { form }),
    availability,
    open: async () => new EngineHarness({ ...DOCKER, form }, await makeDataDir()),
  };
}

const DOCKER: Omit<TestedEngine, 'form'> = {
  name: 'docker-host',
  address: DOCKER_HOST,
  dialect: dockerDialect,
  create: createDockerHost,
  logLimitBytes: async (docker, id) => {
    const { HostConfig } = await docker.getContainer(id).inspect();
    const { 'max-size': size, 'max-file': files } = HostConfig.LogConfig?.Config as Record<string, string>;
    return Number.parseInt(size ?? 'NaN', 10) * MIB * Number(files);
  },
};

async function availability(): Promise<Availability> {
  const reason = await dockerAbsence(IMAGE);
  return reason === null ? { available: true } : { available: false, reason };
}
