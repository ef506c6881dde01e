import { type Driver, type GroupHandle } from '../../../src/drivers/driver.js';
import { Agent } from '../../support/agent.js';
import { type World } from './world.js';

const GRACE_MS = 1_000;

export function groups(world: () => World): void {
  const state = async (handle: GroupHandle, driver: Driver = world().driver): Promise<string> =>
    (await driver.inspect(handle, world().signal())).state;

  describe('a group', () => {
    it('is made once, however often it is asked for', async () => {
      const { driver, signal } = bound(world());
      const spec = await world().spec();
      const first = await driver.ensureGroup(spec, signal());
      const [second, third] = await Promise.all([
        driver.ensureGroup(spec, signal()),
        driver.ensureGroup(spec, signal()),
      ]);

      expect(second).toEqual(first);
      expect(third).toEqual(first);
      expect(await driver.list({}, signal())).toHaveLength(1);
      expect(await state(first)).toBe('created');
    });

    it('is made once when two ask at the same time', async () => {
      const { driver, signal } = bound(world());
      const spec = await world().spec();
      const [first, second] = await Promise.all([
        driver.ensureGroup(spec, signal()),
        world().openDriver().ensureGroup(spec, signal()),
      ]);

      expect(second).toEqual(first);
      expect(await driver.list({}, signal())).toHaveLength(1);
    });

    it('runs once started, and starting it again changes nothing', async () => {
      const { driver, signal } = bound(world());
      const { handle } = await world().running();
      await driver.start(handle, signal());

      const seen = await driver.inspect(handle, signal());
      expect(seen).toMatchObject({
        state: 'running',
        members: [{ name: 'ship', state: 'running', exitCode: null, outOfMemory: false }],
      });
      expect(seen.members[0]?.endpoint).not.toBeNull();
    });

    it('has an agent that answers to the secret and to nothing else', async () => {
      const { spec, handle, agent } = await world().sandbox();
      expect(await agent.shell('echo "$((6 * 7))"', world().signal())).toMatchObject({ exitCode: 0, stdout: '42\n' });

      const endpoint = await world().endpoint(handle);
      const wrong = spec.members[0]!.secret.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      for (const secret of [wrong, '']) {
        const stranger = new Agent(endpoint, secret);
        await expect(stranger.ready(world().signal())).rejects.toMatchObject({ code: 'ship_error' });
        await stranger.close();
      }
    });

    it('survives a restart of Bay: the handle as JSON is enough for a new instance', async () => {
      const { spec, handle } = await world().running();
      const revived = JSON.parse(JSON.stringify(handle)) as GroupHandle;
      const later = world().openDriver();

      expect(await later.ensureGroup(spec, world().signal())).toEqual(handle);
      expect(await state(revived, later)).toBe('running');
      await later.stop(revived, GRACE_MS, world().signal());
      await later.remove(revived, world().signal());
      expect(await state(handle)).toBe('absent');
    });
  });

  describe('a group of several members', () => {
    it('is running when all run, each with an agent of its own, and broken when one has ended', async () => {
      const { driver, signal } = bound(world());
      const { spec, handle } = await world().running({ names: ['ship', 'second'] });
      expect(await driver.ensureGroup(spec, signal())).toEqual(handle);
      expect(await driver.list({}, signal())).toMatchObject([{ handle, labels: spec.labels }]);

      const { state: before, members } = await driver.inspect(handle, signal());
      expect([before, ...members.map(({ name }) => name)]).toEqual(['running', 'ship', 'second']);
      for (const [index, { endpoint }] of members.entries()) {
        const agent = new Agent(endpoint!, spec.members[index]!.secret);
        await agent.ready(signal());
        await agent.close();
      }

      await world().harness.kill(world().nameOf(spec, 1));
      expect(await driver.inspect(handle, signal())).toMatchObject({
        state: 'broken',
        members: [{ state: 'running' }, { state: 'exited' }],
      });
      await driver.remove(handle, signal());
      expect(await state(handle)).toBe('absent');
    });
  });

  describe('a group that ends', () => {
    it('is broken after a stop, and is never started again', async () => {
      const { driver, signal } = bound(world());
      const { handle } = await world().running();
      await driver.stop(handle, GRACE_MS, signal());
      await driver.stop(handle, GRACE_MS, signal());

      expect(await state(handle)).toBe('broken');
      await expect(driver.start(handle, signal())).rejects.toMatchObject({ code: 'start_failed' });
      expect(await driver.inspect(handle, signal())).toMatchObject({
        state: 'broken',
        members: [{ state: 'exited', endpoint: null }],
      });
    });

    it('is absent after removal, in whatever state it was, and may be removed again', async () => {
      const { driver, signal } = bound(world());
      const created = await driver.ensureGroup(await world().spec(), signal());
      const { handle: running } = await world().running();
      const { handle: stopped } = await world().running();
      await driver.stop(stopped, 0, signal());

      for (const handle of [created, running, stopped]) {
        await driver.remove(handle, signal());
        await driver.remove(handle, signal());
        expect(await state(handle)).toBe('absent');
        await driver.stop(handle, 0, signal());
        await expect(driver.start(handle, signal())).rejects.toMatchObject({ code: 'start_failed' });
      }
      expect(await driver.list({}, signal())).toEqual([]);
    });

    it('takes along what its sandbox put beside the socket, and nothing that a link there leads to', async () => {
      const { driver, signal } = bound(world());
      const { handle, agent } = await world().sandbox();
      const beside = 'cd /run/bay && mkdir -p deep/er && touch deep/er/file && ln -s /workspace link && chmod 0 deep';
      expect(await agent.shell(`echo kept > /workspace/kept; ${beside}`, signal())).toMatchObject({ exitCode: 0 });
      await driver.remove(handle, signal());
      expect(await driver.list({}, signal())).toEqual([]);
    });

    it('may be removed by several at once', async () => {
      const { handle } = await world().running();
      const drivers = [world().driver, world().openDriver(), world().openDriver()];
      await Promise.all(drivers.map((driver) => driver.remove(handle, world().signal())));
      expect(await state(handle)).toBe('absent');
    });

    it('is broken when its process was killed', async () => {
      const { spec, handle } = await world().running();
      await world().harness.kill(world().nameOf(spec));
      expect(await world().driver.inspect(handle, world().signal())).toMatchObject({
        state: 'broken',
        members: [{ state: 'exited', endpoint: null }],
      });
    });

    it('is broken while it is paused, and can be stopped then', async () => {
      const { spec, handle } = await world().running();
      await world().harness.pause(world().nameOf(spec));
      expect(await world().driver.inspect(handle, world().signal())).toMatchObject({
        state: 'broken',
        members: [{ state: 'paused', endpoint: null }],
      });
      await world().driver.stop(handle, 0, world().signal());
      expect(await world().driver.inspect(handle, world().signal())).toMatchObject({
        members: [{ state: 'exited' }],
      });
    });

    it('is absent when it was removed by hand, and what is left of it can be removed', async () => {
      const { spec, handle } = await world().running();
      await world().harness.removeByHand(world().nameOf(spec));
      expect(await state(handle)).toBe('absent');
      await world().driver.remove(handle, world().signal());
      expect(await world().driver.list({}, world().signal())).toEqual([]);
    });
  });

  describe('what a member writes', () => {
    it('can be read, its end at most', async () => {
      const { handle } = await world().sandbox();
      const { driver, signal } = bound(world());
      const log = await driver.logs(handle, 'ship', 4096, signal());
      expect(Buffer.byteLength(log)).toBeLessThanOrEqual(4096);
      const last = await driver.logs(handle, 'ship', 8, signal());
      expect(Buffer.byteLength(last)).toBeLessThanOrEqual(8);
      expect(log.endsWith(last)).toBe(true);
    });

    it('is kept within a bound', async () => {
      const { spec } = await world().running();
      const limit = await world().harness.facts.logLimitBytes(world().nameOf(spec));
      if (limit !== null) expect(limit).toBeLessThanOrEqual(4 * 1024 * 1024);
    });

    it('is empty when there is no such member', async () => {
      const { driver, signal } = bound(world());
      const { handle } = await world().running();
      expect(await driver.logs(handle, 'nobody', 1024, signal())).toBe('');
      await driver.remove(handle, signal());
      expect(await driver.logs(handle, 'ship', 1024, signal())).toBe('');
    });
  });
}

const bound = (world: World): { driver: Driver; signal: () => AbortSignal } => ({
  driver: world.driver,
  signal: () => world.signal(),
});
