import { createReadStream, existsSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { DOCKER_HOST, dockerAbsence, type TestedImage } from './engines.js';

/**
 * What `docker save` wrote, for users who may not speak to the Docker engine; without it the image comes from there. An
 * engine that a suite starts for itself is given it: building it takes minutes, and the suites ask the same of each engine.
 */
const ARCHIVE = process.env['BAY_TEST_SHIP_ARCHIVE'];

/** Why the image cannot be handed on; null when it can. */
export async function shipImageAbsence(image: TestedImage): Promise<string | null> {
  if (!ARCHIVE) return dockerAbsence(image);
  return existsSync(ARCHIVE) ? null : `BAY_TEST_SHIP_ARCHIVE names ${ARCHIVE}, which is not there`;
}

/**
 * Docker 20.10 reads layers from mounts that it gives up now and then while it does (`docker save` beside a build or a
 * start fails with "no such file", every second time on a busy machine): what it writes is then no image, and a later time
 * it is. A copy takes seconds; how long it is tried, ms.
 */
const COPIED_WITHIN_MS = 150_000;
const PAUSE_MS = 1_000;

/** Copies the image to the engine at `address`. */
export async function loadShipImage(image: TestedImage, address: string): Promise<void> {
  const end = performance.now() + COPIED_WITHIN_MS;
  for (;;) {
    try {
      return await copyImage(image, address);
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(PAUSE_MS);
    }
  }
}

async function copyImage(image: TestedImage, address: string): Promise<void> {
  const archive = ARCHIVE ? createReadStream(ARCHIVE) : await engineAt(DOCKER_HOST).getImage(image).get();
  const engine = engineAt(address);
  const answer = await engine.loadImage(archive);
  await finished(answer.resume());
  await engine.getImage(image).inspect();
}

/** `unix:///path`, or what the environment says of an engine that is reached in another way. */
export const engineAt = (address: string): Docker =>
  new Docker(address.startsWith('unix://') ? { socketPath: address.slice('unix://'.length) } : undefined);
