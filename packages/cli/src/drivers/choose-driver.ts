import { join } from 'node:path';
import { Failure } from '../failure.js';
import { say, yellow } from '../output.js';
import { type Settings } from '../settings.js';
import { probeDocker } from './docker-engine.js';
import { ensureLocalPython } from './local-python.js';
import { checkLocal } from './local-sandboxing.js';
import { ensureShipImage } from './ship-image.js';

export interface ChosenDriver {
  readonly name: string;
  readonly why: string;
}

/**
 * Picks the driver and makes what it needs. A driver that was asked for by name is taken or refused, never replaced; the
 * choice is otherwise Docker where an engine answers and its image can be had, and local where not.
 */
export const chooseDriver = async (settings: Settings): Promise<ChosenDriver> => {
  const asked = settings.driver;
  if (asked === 'docker-host') {
    const engine = await probeDocker(settings.dockerHost);
    if (!engine.there) throw new Failure(`The driver docker-host was asked for, but ${engine.why}.`);
    await ensureShipImage(settings.dockerHost, 'ship:latest');
    return { name: asked, why: 'asked for by name' };
  }
  if (asked === 'local') return prepareLocal(settings, 'asked for by name');
  // Whether the name means anything, the server's catalog knows.
  if (asked !== undefined) return { name: asked, why: 'asked for by name' };

  const engine = await probeDocker(settings.dockerHost);
  if (!engine.there) return prepareLocal(settings, engine.why);
  try {
    await ensureShipImage(settings.dockerHost, 'ship:latest');
    return { name: 'docker-host', why: `Docker ${engine.version} answers` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(yellow(`  ! ${error.message} Falling back to the local driver.`));
    for (const hint of error.hints) say(`    ${hint}`);
    return prepareLocal(settings, 'the image for Docker could not be built');
  }
};

const prepareLocal = async (settings: Settings, why: string): Promise<ChosenDriver> => {
  await checkLocal();
  // A configured interpreter is its owner's business.
  if (settings.localPython === join(settings.data.python, 'bin/python')) await ensureLocalPython(settings.data.python);
  return { name: 'local', why };
};
