import { type Driver, type GroupHandle } from '../../../src/drivers/driver.js';
import { PATIENCE_MS, type World } from './world.js';

/** Every call of the port, with arguments that would do something. */
async function calls(world: World): Promise<[string, (driver: Driver, signal: AbortSignal) => Promise<unknown>][]> {
  const { spec, handle } = await world.running();
  const other = { ...spec, labels: { ...spec.labels, sessionId: 'sess-ffffffffffff' } };
  return [
    ['probe', (driver, signal) => driver.probe(signal)],
    ['ensureGroup', (driver, signal) => driver.ensureGroup(other, signal)],
    ['start', (driver, signal) => driver.start(handle, signal)],
    ['stop', (driver, signal) => driver.stop(handle, 60_000, signal)],
    ['remove', (driver, signal) => driver.remove(handle, signal)],
    ['inspect', (driver, signal) => driver.inspect(handle, signal)],
    ['list', (driver, signal) => driver.list({}, signal)],
    ['logs', (driver, signal) => driver.logs(handle, 'ship', 1024, signal)],
    ['volumes.ensure', (driver, signal) => driver.volumes.ensure({ workspaceId: 'ws-1', sizeLimitMb: null }, signal)],
    ['volumes.remove', (driver, signal) => driver.volumes.remove(spec.volume, signal)],
    ['volumes.exists', (driver, signal) => driver.volumes.exists(spec.volume, signal)],
    ['volumes.list', (driver, signal) => driver.volumes.list(signal)],
  ];
}

export function failures(world: () => World): void {
  describe('when something is wrong', () => {
    it('an aborted signal ends every call, with the reason that the caller gave, and nothing is done', async () => {
      const reason = new Error('the caller has gone');
      for (const [name, call] of await calls(world())) {
        const error: unknown = await call(world().driver, AbortSignal.abort(reason)).catch((thrown: unknown) => thrown);
        expect([name, error]).toEqual([name, reason]);
      }
      expect(await world().driver.list({}, world().signal())).toHaveLength(1);
    });

    it('a signal that aborts half-way ends the call', async () => {
      const { handle } = await world().running();
      const controller = new AbortController();
      const reason = new Error('the caller has gone');
      const stopping = world().driver.stop(handle, PATIENCE_MS, controller.signal);
      controller.abort(reason);
      await expect(stopping).rejects.toBe(reason);
    });

    it('a backend that does not answer is said to be unavailable, never empty', async () => {
      const unreachable = world().harness.unreachable();
      if (unreachable === null) return;
      for (const [name, call] of await calls(world())) {
        const error: unknown = await call(unreachable, world().signal()).catch((thrown: unknown) => thrown);
        expect([name, error]).toMatchObject([name, { code: 'driver_unavailable' }]);
      }
      await unreachable.close();
    });

    it('a missing image is named, with the command that helps, and nothing is left half-made', async () => {
      const image = world().harness.missingImage;
      if (image === null) return;
      const spec = await world().spec({ member: { image } });
      await expect(world().driver.ensureGroup(spec, world().signal())).rejects.toMatchObject({
        code: 'image_missing',
        message: expect.stringContaining(image),
        details: { image, command: expect.any(String) },
      });
      expect(await world().driver.list({}, world().signal())).toEqual([]);
    });

    it('a handle of another driver is refused', async () => {
      const handle: GroupHandle = { driver: 'another', version: 1, data: {} };
      await expect(world().driver.inspect(handle, world().signal())).rejects.toMatchObject({
        code: 'internal_error',
      });
    });
  });
}
