import { type DriverConfig } from '../config/slices.js';
import { type Driver } from './driver.js';

/** What every driver is made from. */
export interface DriverContext {
  readonly config: DriverConfig;
  /** Absolute. A driver keeps its own things in sub-directories: sockets under `run/`. */
  readonly dataDir: string;
  /** Labels all that the driver makes; what carries another one is neither listed nor touched. */
  readonly installationId: string;
}

/** Makes a driver. Asks nothing of the engine: whether it answers is for `probe` to say. */
export type DriverFactory = (context: DriverContext) => Driver;

/** Whether a driver can be used here, with half a sentence for the log. */
export interface DriverAnswer {
  readonly answers: boolean;
  readonly said: string;
}
