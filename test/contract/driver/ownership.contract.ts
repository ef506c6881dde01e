import { randomUUID } from 'node:crypto';
import { type World } from './world.js';

export function ownership(world: () => World): void {
  describe('listing', () => {
    it('finds groups by their labels, whatever state they are in', async () => {
      const { driver } = world();
      const waiting = await world().spec();
      const created = await driver.ensureGroup(waiting, world().signal());
      const running = await world().running();
      const stopped = await world().running({ sandboxId: running.spec.labels.sandboxId });
      await driver.stop(stopped.handle, 0, world().signal());

      const all = await driver.list({}, world().signal());
      expect(all.map(({ labels }) => labels.sessionId).sort()).toEqual(
        [waiting, running.spec, stopped.spec].map(({ labels }) => labels.sessionId).sort(),
      );
      const { sandboxId, sessionId } = running.spec.labels;
      expect(await driver.list({ sandboxId }, world().signal())).toHaveLength(2);
      expect(await driver.list({ sandboxId, sessionId }, world().signal())).toHaveLength(1);
      expect(await driver.list({ sandboxId: 'sandbox-000000000000' }, world().signal())).toEqual([]);

      const [listed] = await driver.list({ sessionId: waiting.labels.sessionId }, world().signal());
      expect(listed).toEqual({ handle: created, labels: waiting.labels, createdAtMs: expect.any(Number) });
      expect(Number.isSafeInteger(listed?.createdAtMs)).toBe(true);
    });

    it('finds what is left of a half-made group, so that it can be removed', async () => {
      const { driver } = world();
      const spec = await world().spec();
      await driver.ensureGroup(spec, world().signal());
      await world().harness.removeByHand(world().nameOf(spec));

      for (const { handle, labels } of await driver.list({}, world().signal())) {
        expect(labels).toEqual(spec.labels);
        await driver.remove(handle, world().signal());
      }
      expect(await driver.list({}, world().signal())).toEqual([]);
    });
  });

  describe('another installation on the same backend', () => {
    it('is neither listed nor touched', async () => {
      const { spec, handle } = await world().running();
      const stranger = world().openDriver(`test-${randomUUID()}`);

      expect(await stranger.list({}, world().signal())).toEqual([]);
      expect(await stranger.volumes.list(world().signal())).toEqual([]);
      expect(await stranger.volumes.exists(spec.volume, world().signal())).toBe(false);
      expect(await stranger.inspect(handle, world().signal())).toMatchObject({ state: 'absent' });
      expect(await stranger.logs(handle, 'ship', 1024, world().signal())).toBe('');
      await stranger.stop(handle, 0, world().signal());
      await stranger.remove(handle, world().signal());
      await stranger.volumes.remove(spec.volume, world().signal());

      expect(await world().driver.inspect(handle, world().signal())).toMatchObject({ state: 'running' });
      expect(await world().driver.volumes.exists(spec.volume, world().signal())).toBe(true);
    });
  });
}
