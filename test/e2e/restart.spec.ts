import { jest } from '@jest/globals';
import { BayServer } from '../support/bay-server.js';
import { describeOnEachDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { containersOf, findProcesses } from '../support/left-behind.js';
import { TEST_MS, useBay } from '../support/use-bay.js';

await describeOnEachDriver('a restart of Bay', (driver) => {
  const bay = useBay({ driver, config: { lifecycle: { orphan_grace_seconds: 0.1 }, gc: { interval_seconds: 0.2 } } });
  const client = () => bay().client;

  /** Whatever runs for the sandbox, by identity. */
  const running = async (id: string): Promise<string[]> =>
    driver === 'local'
      ? findProcesses(bay().installation()).map(({ pid }) => String(pid))
      : (await containersOf(id)).map(({ Id }) => Id);

  it.each([
    ['after it was killed', () => bay().kill()],
    ['in order', () => bay().stop()],
  ])('%s leaves running sandboxes as they are, with their Python state', async (_, end) => {
    const { id } = await client().create({ ttl: 3600 });
    await client().python(id, 'x = 42; open("kept.txt", "w").write("kept")');
    const before = await running(id);
    await end();
    expect(await running(id)).toEqual(before);
    await bay().restart();

    expect(await client().get(id)).toMatchObject({ status: 'ready' });
    const after = await client().python(id, 'print(open("kept.txt").read()); x');
    expect(after).toMatchObject({ success: true, state_lost: false });
    expect(after.output).toContain('kept');
    expect(after.output).toContain('42');
    expect(await running(id)).toEqual(expect.arrayContaining(before.slice(0, 1)));
    await client().delete(id);
    await bay().expectNothingLeft();
  });

  it('finds idle and stopped sandboxes again, and deletes what was deleted', async () => {
    const idle = await client().create();
    const stopped = await client().create();
    await client().write(stopped.id, 'kept.txt', 'kept');
    await client().stop(stopped.id);
    const gone = await client().create();
    await client().delete(gone.id);
    await bay().kill();
    await bay().restart();
    expect(await client().get(idle.id)).toEqual(idle);
    expect(await client().read(stopped.id, 'kept.txt')).toBe('kept');
    expect(await client().call('GET', `/v1/sandboxes/${gone.id}`)).toMatchObject({ status: 404 });
    await client().delete(gone.id);
  });

  it('takes away a sandbox that expired meanwhile', async () => {
    const { id } = await client().create({ ttl: 3 });
    await client().shell(id, 'true');
    await bay().kill();
    await bay().restart();
    await eventually(
      () => client().call('GET', `/v1/sandboxes/${id}`),
      ({ status }) => status === 404,
    );
  });
});

await describeOnEachDriver('two installations', (driver) => {
  jest.setTimeout(TEST_MS);
  const config = { lifecycle: { orphan_grace_seconds: 0.1 }, gc: { interval_seconds: 0.2 } };
  let ours: BayServer;
  let theirs: BayServer;
  beforeAll(async () => {
    ours = await BayServer.start({ driver, config });
    theirs = await BayServer.start({ driver, config });
  });
  afterAll(async () => {
    await ours.end();
    await theirs.end();
  });

  it('neither see nor remove what is the other’s', async () => {
    const { id } = await ours.client.create();
    await ours.client.python(id, 'x = 42; open("kept.txt", "w").write("kept")');
    const other = await theirs.client.create();
    await theirs.client.python(other.id, 'y = 43');
    expect((await theirs.client.list()).items.map((one) => one.id)).toEqual([other.id]);
    expect(await theirs.client.call('GET', `/v1/sandboxes/${id}`)).toMatchObject({ status: 404 });
    expect(await theirs.client.call('DELETE', `/v1/sandboxes/${id}`)).toMatchObject({ status: 404 });

    // Each start sweeps for orphans at once.
    await theirs.kill();
    await theirs.restart();
    await ours.restart();
    await theirs.client.delete(other.id);
    await theirs.expectNothingLeft();
    const after = await ours.client.python(id, 'print(open("kept.txt").read()); x');
    expect(after).toMatchObject({ success: true, state_lost: false });
    expect(after.output).toContain('42');
  });
});
