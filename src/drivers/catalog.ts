import { type DriverName, isDriverName, isOwnDriver, type OwnDriver, unknownDriver } from '../config/driver-names.js';
import { type DriverConfig } from '../config/slices.js';
import { BayError } from '../shared/errors.js';
import { type DriverAnswer, type DriverFactory } from './driver-factory.js';

/**
 * The drivers by name. Each is imported when it is chosen, so that nobody waits for an engine's client that is not used.
 * One that is added to Bay gets its line here, and its name a place in `DRIVER_NAMES`; one of somebody else is a package.
 */
const DRIVERS: Readonly<Record<OwnDriver, () => Promise<DriverFactory>>> = {
  'docker-host': async () => (await import('./engine/host-drivers.js')).createDockerHost,
  'podman-host': async () => (await import('./engine/host-drivers.js')).createPodmanHost,
  local: async () => {
    const { createLocalDriver } = await import('./local/local.driver.js');
    return ({ config, dataDir, installationId }) =>
      createLocalDriver({
        dataDir,
        installationId,
        python: config.localPython,
        shipBundleDir: config.shipBundleDir,
      });
  },
};

export interface ChosenDriver {
  readonly name: DriverName;
  /** Half a sentence for the log. */
  readonly reason: string;
}

export interface ChoiceLogger {
  log(message: string): void;
}

/** Asks whether a Docker engine answers at an address. */
export type EngineProbe = (address: string) => Promise<DriverAnswer>;

export interface Choice extends Pick<DriverConfig, 'name' | 'dockerHost'> {
  /** What the last start chose: `auto` stays with it, since the sandboxes and their files live there. */
  readonly remembered: string | null;
}

/**
 * The driver of the configuration; for `auto` the one of the last start, at the first start docker-host where a Docker
 * engine answers and otherwise local. Says which and why.
 */
export async function chooseDriver(
  choice: Choice,
  logger: ChoiceLogger,
  probe: EngineProbe = askEngine,
): Promise<ChosenDriver> {
  const chosen = choice.name === 'auto' ? await automatic(choice, probe) : configured(choice.name);
  logger.log(`Driver ${chosen.name}: ${chosen.reason}`);
  return chosen;
}

export const loadDriver = async (name: DriverName): Promise<DriverFactory> => {
  if (isOwnDriver(name)) return DRIVERS[name]();
  return (await import('./packaged-driver.js')).loadPackagedDriver(name);
};

async function automatic({ remembered, dockerHost }: Choice, probe: EngineProbe): Promise<ChosenDriver> {
  if (remembered !== null && isDriverName(remembered)) {
    return { name: remembered, reason: 'this data directory’s sandboxes live there; CONTAINER_DRIVER names another.' };
  }
  const { answers, said } = await probe(dockerHost);
  return { name: answers ? 'docker-host' : 'local', reason: said };
}

/** A name may come from where no type checks it. */
function configured(name: string): ChosenDriver {
  if (isDriverName(name)) return { name, reason: 'as configured.' };
  const { message, hint } = unknownDriver(name);
  throw new BayError('driver_unavailable', `Bay cannot start: ${message} ${hint}`);
}

/** An engine answers at once, or it is not one to wait for at every start. */
const PROBE_MS = 3_000;

async function askEngine(address: string): Promise<DriverAnswer> {
  const { engineAnswers } = await import('./engine/engine-answers.js');
  return engineAnswers(address, PROBE_MS);
}
