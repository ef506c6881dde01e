import { dockerEngine, engineOf, probeEngine } from '../drivers/container-engine.js';
import { ensureShipImage, SHIP_IMAGES, type ShipImage } from '../drivers/ship-image.js';
import { Failure } from '../failure.js';
import { print } from '../output.js';
import { readSettings } from '../settings.js';

/** Builds the images of sandboxes on the configured driver's engine, else on Docker; what is fresh is left as it is, unless `noCache`. */
export const build = async (flags: { cache: boolean }): Promise<void> => {
  const settings = await readSettings();
  const engine = engineOf(settings.driver, settings) ?? dockerEngine(settings);
  const answer = await probeEngine(engine);
  if (!answer.there) throw new Failure(`Images need an engine, but ${answer.why}.`);
  for (const image of Object.keys(SHIP_IMAGES) as ShipImage[]) {
    await ensureShipImage(engine, image, { noCache: !flags.cache });
    print(`  ${image} is up to date`);
  }
};
