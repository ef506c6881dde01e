import { join } from 'node:path';
import { probeDocker } from '../drivers/docker-engine.js';
import { ensureLocalPython } from '../drivers/local-python.js';
import { localProblem } from '../drivers/local-sandboxing.js';
import { ensureShipImage, SHIP_IMAGES, type ShipImage } from '../drivers/ship-image.js';
import { Failure } from '../failure.js';
import { type Settings } from '../settings.js';

export interface Engine {
  readonly name: 'docker-host' | 'local';
  /** Null when the suites that need it can run. */
  readonly absence: string | null;
}

/** Finds out which engines this machine has, and makes what their suites need: images, the Python environment. */
export const prepareEngines = async (settings: Settings): Promise<Engine[]> => [
  { name: 'docker-host', absence: await prepareDocker(settings) },
  { name: 'local', absence: await prepareLocal(settings) },
];

const prepareDocker = async ({ dockerHost }: Settings): Promise<string | null> => {
  const engine = await probeDocker(dockerHost);
  if (!engine.there) return engine.why;
  return reasonOf(async () => {
    for (const image of Object.keys(SHIP_IMAGES) as ShipImage[]) await ensureShipImage(dockerHost, image);
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
