import { jest } from '@jest/globals';
import { describeWith } from '../../support/suites.js';
import { type DriverHarness } from './driver.harness.js';
import { dockerBackend } from './docker.backend.js';
import { TEST_MS, World } from './world.js';

const BAYS = 6;

const backend = dockerBackend();
const availability = await backend.availability();

describeWith(
  'docker-host',
  'the network of an installation on Docker',
  availability.available ? null : availability.reason,
)(() => {
  jest.setTimeout(TEST_MS);
  let harness: DriverHarness;
  let world: World;

  beforeAll(async () => {
    harness = await backend.open();
  });
  afterAll(async () => {
    await harness.close();
  });
  beforeEach(() => {
    world = new World(harness);
  });
  afterEach(async () => {
    expect(await world.end()).toEqual([]);
  });

  const networks = async (): Promise<string[]> =>
    (await harness.leftovers(world.installationId)).filter((line) => line.startsWith('network '));

  it('is one, however many Bays make it at the same time, and every sandbox is on it', async () => {
    const drivers = Array.from({ length: BAYS }, () => world.openDriver());
    const specs = await Promise.all(drivers.map(() => world.spec()));
    const handles = await Promise.all(
      drivers.map((driver, index) => driver.ensureGroup(specs[index]!, world.signal())),
    );

    expect(await networks()).toHaveLength(1);
    for (const handle of handles) await world.driver.start(handle, world.signal());
  });

  it('is not made for sandboxes that have no way out', async () => {
    await world.running({ egress: 'none' });
    expect(await networks()).toEqual([]);
  });

  it('stays while a sandbox of any Bay has it, started or not, and goes with the last', async () => {
    const handle = await world.driver.ensureGroup(await world.spec(), world.signal());
    await world.openDriver().close();
    expect(await networks()).toHaveLength(1);

    await world.driver.start(handle, world.signal());
    await world.driver.remove(handle, world.signal());
    await world.openDriver().close();
    expect(await networks()).toEqual([]);
  });
});
