import { type World } from './world.js';

export function volumes(world: () => World): void {
  describe('a workspace', () => {
    const spec = { workspaceId: 'ws-0123456789ab', sizeLimitMb: 1024 };

    it('is made once, found, listed, and removed as often as asked', async () => {
      const { volumes: port } = world().driver;
      const ref = await port.ensure(spec, world().signal());

      expect(await port.ensure(spec, world().signal())).toBe(ref);
      expect(await port.exists(ref, world().signal())).toBe(true);
      expect(await port.list(world().signal())).toEqual([{ ref, workspaceId: spec.workspaceId }]);

      await port.remove(ref, world().signal());
      await port.remove(ref, world().signal());
      expect(await port.exists(ref, world().signal())).toBe(false);
      expect(await port.list(world().signal())).toEqual([]);
    });

    it('is not removed while a group has it, started or not', async () => {
      const { driver } = world();
      const group = await world().spec();
      const handle = await driver.ensureGroup(group, world().signal());
      await expect(driver.volumes.remove(group.volume, world().signal())).rejects.toMatchObject({ code: 'conflict' });

      await driver.start(handle, world().signal());
      await expect(driver.volumes.remove(group.volume, world().signal())).rejects.toMatchObject({ code: 'conflict' });

      await driver.remove(handle, world().signal());
      await driver.volumes.remove(group.volume, world().signal());
      expect(await driver.volumes.exists(group.volume, world().signal())).toBe(false);
    });

    it('keeps its files when the group goes, for the next group', async () => {
      const { driver } = world();
      const first = await world().sandbox();
      const written = await first.agent.shell('echo kept > kept.txt && mkdir -p a/b && pwd', world().signal());
      expect(written).toMatchObject({ exitCode: 0, stdout: '/workspace\n' });
      await driver.stop(first.handle, 0, world().signal());
      await driver.remove(first.handle, world().signal());

      const labels = { ...first.spec.labels, sessionId: 'sess-0123456789ab' };
      const next = { ...first.spec, labels };
      const handle = await driver.ensureGroup(next, world().signal());
      await driver.start(handle, world().signal());
      const agent = await world().agent(next, handle);
      expect(await agent.shell('cat /workspace/kept.txt && ls -d a/b', world().signal())).toMatchObject({
        exitCode: 0,
        stdout: 'kept\na/b\n',
      });
    });
  });
}
