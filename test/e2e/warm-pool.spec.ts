import { type ApiClient, type SandboxBody } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { pooled } from '../support/pooled-profile.js';
import { valueOf, parsePrometheus } from '../support/prometheus-text.js';
import { useBay } from '../support/use-bay.js';

const PROFILE = 'python-default';

await describeOnEachDriver('a warm pool', (driver) => {
  const env = { GREETING: 'from the profile' };
  const bay = useBay({ driver, config: { profiles: [pooled(1, { env }), { id: 'plain' }] } });
  const client = (): ApiClient => bay().client;
  const filled = (): Promise<unknown> =>
    eventually(
      () => client().pool(PROFILE),
      ({ ready, starting }) => ready === 1 && starting === 0,
    );
  /** One that was a spare. */
  const claimed = async (body: object = {}): Promise<SandboxBody> => {
    await filled();
    const created = await client().create({ ...body });
    expect(created.status).toBe('idle');
    expect(await client().get(created.id)).toMatchObject({ status: 'ready', cargo_id: created.cargo_id });
    return created;
  };
  const claims = async (result: string): Promise<number> => {
    const { body } = await client().call<string>('GET', '/metrics');
    return valueOf(parsePrometheus(body), 'bay_pool_claims_total', { profile: PROFILE, result }) ?? 0;
  };

  it('gives a create a running sandbox, with the environment of its profile in Python and shell', async () => {
    const hits = await claims('hit');
    const { id } = await claimed({ ttl: 600 });
    expect(await client().python(id, 'import os; print(os.environ["GREETING"], os.getcwd())')).toMatchObject({
      success: true,
      output: 'from the profile /workspace',
      data: { execution_count: 1 },
    });
    expect(await client().shell(id, 'echo $GREETING')).toMatchObject({ output: 'from the profile' });
    expect(await client().listFiles(id)).toEqual([]);
    expect(await claims('hit')).toBe(hits + 1);
    await client().delete(id);
  });

  it('whose files outlive a stop, and whose next start is one like any other', async () => {
    const { id } = await claimed();
    await client().python(id, 'x = 1; open("kept.txt", "w").write("still here")');
    await client().stop(id);
    expect(await client().get(id)).toMatchObject({ status: 'idle' });
    expect(await client().read(id, 'kept.txt')).toBe('still here');
    expect(await client().shell(id, 'echo $GREETING')).toMatchObject({ output: 'from the profile' });
    expect(await client().get(id)).toMatchObject({ status: 'ready' });
    await client().delete(id);
  });

  it('is found again by the next Bay, spares and claimed ones', async () => {
    const { id } = await claimed();
    await client().python(id, 'x = 42');
    await filled();
    await bay().restart();
    expect(await client().pool(PROFILE)).toMatchObject({ ready: 1 });
    expect((await client().python(id, 'x')).output).toBe('42');
    const second = await claimed();
    expect((await client().python(second.id, '6 * 7')).output).toBe('42');
    for (const one of [id, second.id]) await client().delete(one);
  });

  it('serves a burst that is larger than itself', async () => {
    await filled();
    const all = await Promise.all(Array.from({ length: 4 }, () => client().create()));
    const answers = await Promise.all(all.map(({ id }) => client().python(id, `"${id}"`)));
    expect(answers.map(({ output }) => output)).toEqual(all.map(({ id }) => `'${id}'`));
    for (const { id } of all) await client().delete(id);
  });

  it('is no list’s, and goes with its drain', async () => {
    await filled();
    expect((await client().list()).items).toEqual([]);
    expect(await client().drainPools()).toEqual({ retired: 1, complete: true });
    await bay().expectNothingLeft();
    expect(await client().pool(PROFILE)).toMatchObject({ size: 0, ready: 0, starting: 0 });
    await bay().restart();
    await filled();
  });
});
