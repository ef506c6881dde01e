import { type World } from './world.js';

const MIB = 2 ** 20;

/** An optional power: a driver that cannot say what its groups use has nothing to keep. */
export function usage(world: () => World): void {
  it('says what a running group uses, and nothing of one that does not run', async () => {
    const { driver } = world();
    if (!driver.usage) return;
    const created = await driver.ensureGroup(await world().spec(), world().signal());
    expect(await driver.usage.read(created, world().signal())).toBeNull();

    // What has answered has been loaded.
    const { handle } = await world().sandbox();
    const used = await driver.usage.read(handle, world().signal());
    expect(used?.memoryBytes).toBeGreaterThan(MIB);
    expect(used?.memoryBytes).toBeLessThan(1024 * MIB);
    expect(used?.cpuSec).toBeGreaterThan(0);

    await driver.remove(handle, world().signal());
    expect(await driver.usage.read(handle, world().signal())).toBeNull();
  });
}
