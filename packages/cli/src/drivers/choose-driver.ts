import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.js';
import { say, yellow } from '../output.js';
import { type Settings } from '../settings.js';
import { type ContainerEngine, dockerEngine, engineOf, probeEngine } from './container-engine.js';
import { ensureLocalPython } from './local-python.js';
import { checkLocal } from './local-sandboxing.js';
import { ensureShipImage } from './ship-image.js';

export interface ChosenDriver {
  readonly name: string;
  readonly why: string;
}

/**
 * Picks the driver and makes what it needs. A driver that was asked for by name, or that the directory's sandboxes live on,
 * is taken or refused, never replaced; the choice is otherwise Docker where an engine answers and its image can be had, and
 * local where not.
 */
export const chooseDriver = async (settings: Settings): Promise<ChosenDriver> => {
  if (settings.driver !== undefined) return prepare(settings, settings.driver, 'asked for by name');
  const remembered = lastDriver(settings);
  if (remembered) return prepare(settings, remembered, 'as before; --driver names another');

  const docker = dockerEngine(settings);
  const answer = await probeEngine(docker);
  if (!answer.there) return prepareLocal(settings, answer.why);
  try {
    await ensureShipImage(docker, 'ship:latest');
    return { name: 'docker-host', why: `Docker ${answer.version} answers` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(yellow(`  ! ${error.message} Falling back to the local driver.`));
    for (const hint of error.hints) say(`    ${hint}`);
    return prepareLocal(settings, 'the image for Docker could not be built');
  }
};

const prepare = async (settings: Settings, name: string, why: string): Promise<ChosenDriver> => {
  if (name === 'local') return prepareLocal(settings, why);
  const engine = engineOf(name, settings);
  if (engine) {
    const answer = await probeEngine(engine);
    if (!answer.there) throw new Failure(`The driver is ${name} (${why}), but ${answer.why}.`, hintsFor(engine));
    await ensureShipImage(engine, 'ship:latest');
  }
  // Whether any other name means something, the server's catalog knows.
  return { name, why };
};

/** Podman's service is not started by its installation. */
const hintsFor = ({ program, address }: ContainerEngine): string[] =>
  program === 'podman'
    ? [`Start it: systemctl --user enable --now podman.socket, or: podman system service -t 0 ${address}`]
    : [];

const lastDriver = ({ data }: Settings): string | null =>
  existsSync(data.driverFile) ? readFileSync(data.driverFile, 'utf8').trim() || null : null;

const prepareLocal = async (settings: Settings, why: string): Promise<ChosenDriver> => {
  await checkLocal();
  // A configured interpreter is its owner's business.
  if (settings.localPython === join(settings.data.python, 'bin/python')) await ensureLocalPython(settings.data.python);
  return { name: 'local', why };
};
