import { type Env } from './environment.js';

/** The environment of this process: read here and nowhere else. */
export const processEnv = (): Env => process.env;
