import { randomUUID } from 'node:crypto';
import { EngineClient } from '../../../src/drivers/engine/engine-client.js';
import { EngineVolumes } from '../../../src/drivers/engine/engine-volumes.js';
import { describeOnDriver, DOCKER_HOST } from '../../support/engines.js';
import { openDocker } from '../../support/left-behind.js';

await describeOnDriver('docker-host', 'a volume that another program made', () => {
  const docker = openDocker();
  const engine = new EngineClient(DOCKER_HOST);
  const volumes = new EngineVolumes(engine, `test-${randomUUID()}`);
  const signal = () => AbortSignal.timeout(20_000);
  let name: string;
  const make = (Labels: Record<string, string> = {}) => docker.createVolume({ Name: name, Labels });

  beforeEach(() => {
    name = `bay-cargo-test-${randomUUID()}`;
  });
  afterEach(() =>
    docker
      .getVolume(name)
      .remove()
      .catch(() => undefined),
  );
  afterAll(() => engine.close());

  it('is taken over by its name, as often as asked, found by its ref, and removed by it', async () => {
    await make({ 'bay.managed': 'true' });
    const ref = await volumes.adopt(name, signal());
    expect(await volumes.adopt(name, signal())).toBe(ref);
    const spec = { workspaceId: 'ws-0123456789ab', sizeLimitMb: null, ref };
    expect(await volumes.ensure(spec, signal())).toBe(ref);
    expect(await volumes.exists(ref, signal())).toBe(true);
    expect((await volumes.list(signal())).length).toBe(0);

    await volumes.remove(ref, signal());
    await volumes.remove(ref, signal());
    expect(await volumes.exists(ref, signal())).toBe(false);
    // An empty one in its place would look like a start and be a loss.
    await expect(volumes.ensure(spec, signal())).rejects.toMatchObject({ code: 'start_failed' });
  });

  it('stays what it is when another installation has it, also if that comes later', async () => {
    await make({ 'bay.managed': 'true', 'bay.installation': 'another' });
    await expect(volumes.adopt(name, signal())).rejects.toMatchObject({ code: 'conflict' });
    const ref = `adopted:${name}`;
    expect(await volumes.exists(ref, signal())).toBe(false);
    await volumes.remove(ref, signal());
    expect((await docker.getVolume(name).inspect()).Name).toBe(name);
  });

  it.each(['bay-cargo-nowhere', '/srv/cargos/bay-cargo-ws-0123456789ab', '../up'])(
    'is not found as %s',
    async (other) => {
      await expect(volumes.adopt(other, signal())).rejects.toMatchObject({ code: 'not_found' });
    },
  );
});
