import { probeDocker } from '../drivers/docker-engine.js';
import { ensureShipImage, SHIP_IMAGES, type ShipImage } from '../drivers/ship-image.js';
import { Failure } from '../failure.js';
import { print } from '../output.js';
import { readSettings } from '../settings.js';

/** Builds the images of sandboxes; what is fresh is left as it is, unless `noCache`. */
export const build = async (flags: { cache: boolean }): Promise<void> => {
  const { dockerHost } = await readSettings();
  const engine = await probeDocker(dockerHost);
  if (!engine.there) throw new Failure(`Images need a Docker engine, but ${engine.why}.`);
  for (const image of Object.keys(SHIP_IMAGES) as ShipImage[]) {
    await ensureShipImage(dockerHost, image, { noCache: !flags.cache });
    print(`  ${image} is up to date`);
  }
};
