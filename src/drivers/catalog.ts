import { type DriverConfig, type DriverName } from '../config/slices.js';
import { BayError } from '../shared/errors.js';
import { type DriverAnswer, type DriverFactory } from './driver-factory.js';

/**
 * The drivers by name. Each is imported when it is chosen, so that nobody waits for an engine's client that is not used.
 * A driver of one's own gets its line here, and its name a place in `DriverName`.
 */
const DRIVERS: Readonly<Record<DriverName, () => Promise<DriverFactory>>> = {
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

/** Names that mean something to people who know Bay, and what to use instead while there is no driver behind them. */
const NOT_YET: Readonly<Record<string, string>> = {
  docker: 'Use docker-host, which needs Bay to run on the machine of the engine and not in a container.',
  podman: 'Use podman-host, which needs Bay to run on the machine of the engine and not in a container.',
  kubernetes: 'Use docker-host or local.',
  containerd: 'Use docker-host with a Docker engine, or local: containerd alone brings no networks and no volumes.',
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

export const loadDriver = (name: DriverName): Promise<DriverFactory> => DRIVERS[name]();

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
  const instead = NOT_YET[name];
  const sentence = instead
    ? `The driver ${name} is not in this version. ${instead}`
    : `There is no driver ${name}. The drivers are ${Object.keys(DRIVERS).join(', ')}, and auto.`;
  throw new BayError('driver_unavailable', sentence);
}

const isDriverName = (name: string): name is DriverName => Object.hasOwn(DRIVERS, name);

/** An engine answers at once, or it is not one to wait for at every start. */
const PROBE_MS = 3_000;

async function askEngine(address: string): Promise<DriverAnswer> {
  const { engineAnswers } = await import('./engine/engine-answers.js');
  return engineAnswers(address, PROBE_MS);
}
