import { type ImageInspectInfo } from 'dockerode';
import { EngineClient } from './engine-client.js';

/** Names the agent's bundle that an image was built with, so that an outdated image is told from a current one. */
const BUNDLE_LABEL = 'bay.ship.bundle';

export type ImageState = { readonly present: false } | { readonly present: true; readonly bundle: string | null };

/** Is the image on the engine at `address`? Throws `driver_unavailable`. */
export async function imageState(address: string, image: string, signal: AbortSignal): Promise<ImageState> {
  const engine = new EngineClient(address);
  try {
    const found = await inspect(engine, image, signal);
    return found ? { present: true, bundle: found.Config.Labels?.[BUNDLE_LABEL] ?? null } : { present: false };
  } finally {
    engine.close();
  }
}

/** The engine's id of what the name stands for now; null when there is none. */
export async function imageId(engine: EngineClient, image: string, signal: AbortSignal): Promise<string | null> {
  return (await inspect(engine, image, signal))?.Id ?? null;
}

function inspect(engine: EngineClient, image: string, signal: AbortSignal): Promise<ImageInspectInfo | null> {
  return engine.call<ImageInspectInfo, null>(
    { what: 'inspect an image', signal, on: { 404: () => null } },
    (docker, abortSignal) => {
      // The client's types lack the signal of this one call.
      const options: object = { abortSignal };
      return docker.getImage(image).inspect(options);
    },
  );
}
