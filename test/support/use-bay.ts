import { jest } from '@jest/globals';
import { type BayOptions, BayServer } from './bay-server.js';

/** For one test and for each hook: far above what they take on a loaded machine, ms. */
export const TEST_MS = 120_000;

/**
 * Inside `describe`: one Bay for all its tests, started before the first. After the last it fails if anything of a sandbox
 * is left.
 */
export function useBay(options: BayOptions | (() => BayOptions)): () => BayServer {
  jest.setTimeout(TEST_MS);
  let bay: BayServer | null = null;
  beforeAll(async () => {
    bay = await BayServer.start(typeof options === 'function' ? options() : options);
  });
  afterAll(async () => {
    await bay?.end();
  });
  return () => {
    if (!bay) throw new Error('There is no Bay before the first test.');
    return bay;
  };
}
