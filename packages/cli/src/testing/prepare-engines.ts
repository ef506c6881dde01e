import { join } from 'node:path';
import { dockerEngine, probeEngine } from '../drivers/container-engine.js';
import { ensureLocalPython } from '../drivers/local-python.js';
import { localProblem } from '../drivers/local-sandboxing.js';
import { ensureShipImage, SHIP_IMAGES, type ShipImage } from '../drivers/ship-image.js';
import { Failure } from '../failure.js';
import { which } from '../install-hint.js';
import { type Settings } from '../settings.js';

export interface Engine {
  readonly name: 'docker-host' | 'podman-host' | 'local';
  /** Null when the suites that need it can run. */
  readonly absence: string | null;
}

/**
 * Finds out which engines this machine has, and makes what their suites need: images, the Python environment. Suites on
 * Podman start one of their own and take the image over from Docker.
 */
export const prepareEngines = async (settings: Settings): Promise<Engine[]> => {
  const dockerAbsence = await prepareDocker(settings);
  return [
    { name: 'docker-host', absence: dockerAbsence },
    { name: 'podman-host', absence: which('podman') ? dockerAbsence : 'podman is not installed' },
    { name: 'local', absence: await prepareLocal(settings) },
  ];
};

const prepareDocker = async (settings: Settings): Promise<string | null> => {
  const engine = dockerEngine(settings);
  const answer = await probeEngine(engine);
  if (!answer.there) return answer.why;
  return reasonOf(async () => {
    for (const image of Object.keys(SHIP_IMAGES) as ShipImage[]) await ensureShipImage(engine, image);
  });
};

const prepareLocal = async ({ data, localPython }: Settings): Promise<string | null> => {
  const problem = await localProblem();
  if (problem) return [problem.why, ...problem.hints].join('\n      ');
  if (localPython !== join(data.python, 'bin/python')) return null;
  return reasonOf(() => ensureLocalPython(data.python));
};

const reasonOf = async (prepare: () => Promise<void>): Promise<string | null> => {
  try {
    await prepare();
    return null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [error.message, ...error.hints].join('\n      ');
  }
};
