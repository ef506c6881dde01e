import { describeOnEachDriver } from '../support/engines.js';
import { containersOf, findProcesses } from '../support/left-behind.js';
import { eventually } from '../support/eventually.js';
import { useBay } from '../support/use-bay.js';

await describeOnEachDriver('stop and wake', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;

  /** Of this sandbox; local ones cannot be told apart from outside, so a test there uses one at a time. */
  const isRunning = async (id: string): Promise<boolean> =>
    driver === 'local' ? findProcesses(bay().installation()).length > 0 : (await containersOf(id)).length > 0;

  it('keeps the files, loses the variables, and wakes at the next call', async () => {
    const { id } = await client().create();
    await client().python(id, 'open("kept.txt", "w").write("still here"); x = 42');
    await client().shell(id, 'echo gone > /tmp/gone.txt');
    expect(await client().stop(id)).toEqual({ status: 'stopped' });
    await eventually(
      () => isRunning(id),
      (running) => !running,
    );
    expect(await client().get(id)).toMatchObject({ status: 'idle', idle_expires_at: null, containers: null });

    const woken = await client().python(id, 'print(open("kept.txt").read()); x');
    expect(woken).toMatchObject({ success: false, output: 'still here' });
    expect(woken.error).toContain('NameError');
    expect(await client().shell(id, 'cat /tmp/gone.txt')).toMatchObject({ success: false, exit_code: 1 });
    expect(await client().get(id)).toMatchObject({ status: 'ready' });
    await client().delete(id);
  });

  it('stops what is stopped already, or never ran', async () => {
    const { id } = await client().create();
    expect(await client().stop(id)).toEqual({ status: 'stopped' });
    await client().shell(id, 'true');
    await client().stop(id);
    expect(await client().stop(id)).toEqual({ status: 'stopped' });
  });

  it('stops one in which a command runs', async () => {
    const { id } = await client().create();
    const running = client().call('POST', `/v1/sandboxes/${id}/shell/exec`, {
      json: { command: 'touch began; sleep 100', timeout: 120 },
    });
    await eventually(
      () => client().listFiles(id),
      (files) => files.some(({ name }) => name === 'began'),
    );
    await client().stop(id);
    expect(await running).toMatchObject({ status: 409, body: { error: { code: 'execution_lost' } } });
    expect(await client().shell(id, 'ls')).toMatchObject({ output: 'began' });
  });
});
