import { jest } from '@jest/globals';
import { describeWith } from '../../support/suites.js';
import { type DriverBackend, type DriverHarness } from './driver.harness.js';
import { failures } from './failures.contract.js';
import { groups } from './groups.contract.js';
import { isolation } from './isolation.contract.js';
import { ownership } from './ownership.contract.js';
import { volumes } from './volumes.contract.js';
import { usage } from './usage.contract.js';
import { TEST_MS, World } from './world.js';

/**
 * Holds one driver to the port's rules on its real backend. Every test has an installation of its own, and fails when it
 * leaves anything behind.
 */
export async function describeDriver(backend: DriverBackend): Promise<void> {
  const title = `driver ${backend.driver}${backend.form ? `, ${backend.form}` : ''}`;
  const availability = await backend.availability();
  const run = describeWith(backend.driver, title, availability.available ? null : availability.reason);
  run(() => {
    jest.setTimeout(TEST_MS);
    let harness: DriverHarness;
    let current: World;
    const world = (): World => current;

    beforeAll(async () => {
      harness = await backend.open();
    }, 2 * TEST_MS);
    afterAll(async () => {
      await harness.close();
    });
    beforeEach(() => {
      current = new World(harness);
    });
    afterEach(async () => {
      expect(await current.end()).toEqual([]);
    });

    for (const contract of [groups, volumes, ownership, isolation, failures, usage]) contract(world);
  });
}
