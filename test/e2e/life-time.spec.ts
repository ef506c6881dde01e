import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { useBay } from '../support/use-bay.js';

const epoch = (naive: string | null): number => Date.parse(`${naive}Z`);

await describeOnEachDriver('life time', (driver) => {
  // So rarely that an expired sandbox is seen before it is taken away.
  const bay = useBay({ driver, config: { gc: { interval_seconds: 3600 } } });
  const client = () => bay().client;
  const extend = (id: string, extend_by: unknown) =>
    client().call('POST', `/v1/sandboxes/${id}/extend_ttl`, { json: { extend_by } });

  it('extends the expiry by what is asked', async () => {
    const { id, expires_at } = await client().create({ ttl: 600 });
    const extended = await client().extendTtl(id, 60);
    expect(epoch(extended.expires_at) - epoch(expires_at)).toBe(60_000);
    expect((await client().get(id)).expires_at).toBe(extended.expires_at);
  });

  it('adds up what is asked at the same time', async () => {
    const { id, expires_at } = await client().create({ ttl: 600 });
    await Promise.all(Array.from({ length: 4 }, () => client().extendTtl(id, 10)));
    expect(epoch((await client().get(id)).expires_at) - epoch(expires_at)).toBe(40_000);
  });

  it('extends nothing that has no expiry', async () => {
    const { id } = await client().create();
    expectError(await extend(id, 60), { status: 409, code: 'sandbox_ttl_infinite', details: { sandbox_id: id } });
  });

  it.each([0, -5])('does not extend by %p', async (by) => {
    const { id } = await client().create({ ttl: 600 });
    expectError(await extend(id, by), { status: 400, code: 'validation_error' });
  });

  it('puts the idle expiry off by keepalive, and starts nothing for it', async () => {
    const { id } = await client().create({ ttl: 600 });
    const before = await client().get(id);
    expect(await client().keepAlive(id)).toEqual({ status: 'ok' });
    const after = await client().get(id);
    expect(after).toMatchObject({ status: 'idle', containers: null, expires_at: before.expires_at });

    await client().shell(id, 'true');
    const running = await client().get(id);
    await eventually(
      async () => {
        await client().keepAlive(id);
        return (await client().get(id)).idle_expires_at;
      },
      (later) => epoch(later) > epoch(running.idle_expires_at),
    );
    expect((await client().get(id)).expires_at).toBe(before.expires_at);
  });

  it('refuses every use of an expired one, and lets it be deleted', async () => {
    const { id } = await client().create({ ttl: 2 });
    await client().shell(id, 'true');
    const seen = await eventually(
      () => client().get(id),
      ({ status }) => status === 'expired',
    );
    const path = `/v1/sandboxes/${id}`;
    const refused = { status: 409, code: 'sandbox_expired', details: { sandbox_id: id, expires_at: seen.expires_at } };
    expectError(await extend(id, 60), refused);
    expectError(await client().call('POST', `${path}/keepalive`), refused);
    expectError(await client().call('POST', `${path}/python/exec`, { json: { code: '1' } }), refused);
    expectError(await client().call('POST', `${path}/shell/exec`, { json: { command: 'true' } }), refused);
    expectError(await client().call('GET', `${path}/filesystem/directories`), refused);
    expect((await client().list({ status: 'expired' })).items.map((one) => one.id)).toEqual([id]);
    await client().delete(id);
    expectError(await client().call('GET', path), { status: 404, code: 'not_found' });
  });
});

await describeOnEachDriver('sweeps', (driver) => {
  const bay = useBay({
    driver,
    config: {
      gc: { interval_seconds: 0.2 },
      profiles: [{ id: 'python-default' }, { id: 'short', idle_timeout: 2 }],
    },
  });
  const client = () => bay().client;

  it('takes an expired sandbox away with all that it had', async () => {
    const { id } = await client().create({ ttl: 2 });
    await client().write(id, 'a.txt', 'a');
    await eventually(
      () => client().call('GET', `/v1/sandboxes/${id}`),
      ({ status }) => status === 404,
    );
    await bay().expectNothingLeft();
    await client().delete(id);
  });

  it('stops a sandbox that nobody uses, and keeps its files', async () => {
    const { id } = await client().create({ profile: 'short' });
    await client().python(id, 'x = 1; open("kept.txt", "w").write("still here")');
    await eventually(
      () => client().get(id),
      ({ status }) => status === 'idle',
    );
    const woken = await client().python(id, 'print(open("kept.txt").read()); "x" in globals()');
    expect(woken.output).toContain('still here');
    expect(woken.output).toContain('False');
  });

  it('does not stop a sandbox in which a command runs longer than its idle time', async () => {
    const { id } = await client().create({ profile: 'short' });
    const ran = await client().shell(id, 'sleep 5; echo finished');
    expect(ran).toMatchObject({ success: true, output: 'finished' });
  });
});
