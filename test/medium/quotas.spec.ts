import { Transactions } from '../../src/database/transactions.js';
import { SandboxCreation } from '../../src/sandboxes/sandbox-creation.js';
import { BayError } from '../../src/shared/errors.js';
import { FakeBay } from '../support/fake-bay.js';

let bay: FakeBay;
afterEach(() => bay.end());

const create = () => bay.post('/v1/sandboxes', {});
const remove = (id: string) => bay.delete(`/v1/sandboxes/${id}`).expect(204);
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const statuses = (answers: { status: number }[]): number[] => answers.map(({ status }) => status).sort();
/** Of twenty that race, `limit` get the first status and the others 429. */
const exactly = (limit: number, status: number): number[] => [
  ...times(limit, () => status),
  ...times(20 - limit, () => 429),
];
/** As another owner would, beside the one that the key belongs to. */
const createAs = (owner: string) =>
  bay.app.app.get(SandboxCreation).create(owner, { profileId: 'python-default', cargoId: null, ttlSec: null });

describe('sandboxes', () => {
  it('are as many as allowed when twenty creates race, and the others hear how it stands', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__SANDBOXES_PER_OWNER: '7' });
    const answers = await Promise.all(times(20, create));
    expect(statuses(answers)).toEqual(exactly(7, 201));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers['retry-after']).toBe('5');
    expect(refused?.body.error).toMatchObject({
      code: 'quota_exceeded',
      retryable: true,
      details: { quota: 'sandboxes', scope: 'owner', limit: 7, current: 7 },
    });
    expect((await bay.get('/v1/sandboxes')).body.items).toHaveLength(7);
    expect((await bay.get('/v1/cargos?managed=true')).body.items).toHaveLength(7);
  });

  it('are limited for each owner apart, and for all together', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__SANDBOXES_PER_OWNER: '3', BAY_LIMITS__SANDBOXES: '5' });
    const made = await Promise.allSettled(times(20, (index) => createAs(index % 2 ? 'ann' : 'bob')));
    const owners = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.owner] : []));
    expect(owners).toHaveLength(5);
    for (const owner of ['ann', 'bob']) expect(owners.filter((one) => one === owner).length).toBeLessThanOrEqual(3);
    await expect(createAs('cid')).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { scope: 'installation', limit: 5, current: 5 },
    });
  });

  it('give their place back with the answer to their deletion, while the engine is still at it', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__SANDBOXES_PER_OWNER: '1', BAY_LIFECYCLE__STOP_WAIT_SECONDS: '0.01' });
    const id = await bay.create();
    await bay.exec(id).expect(200);
    await create().expect(429);
    const open = bay.driver.hold('remove');
    await remove(id);
    await create().expect(201);
    open();
  });

  it('count once for an Idempotency-Key; a refusal is forgotten and may be tried again under it', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__SANDBOXES_PER_OWNER: '2' });
    const keyed = (key: string) => create().set('Idempotency-Key', key);
    const answers = await Promise.all(times(10, () => keyed('one')));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    await keyed('two').expect(201);
    await keyed('three').expect(429);
    await keyed('one').expect(201);
    await remove(answers[0]?.body.id);
    await keyed('three').expect(201);
  });

  it('are any number with 0', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__SANDBOXES_PER_OWNER: '0', BAY_LIMITS__SANDBOXES: '0' });
    expect(statuses(await Promise.all(times(20, create)))).toEqual(times(20, () => 201));
  });

  it('are not counted when their transaction rolls back', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__SANDBOXES_PER_OWNER: '1' });
    const broken = bay.app.app.get(Transactions).run(async () => {
      await createAs('ann');
      throw new BayError('conflict', 'On purpose.');
    });
    await expect(broken).rejects.toThrow('On purpose.');
    await createAs('ann');
  });
});

describe('running sandboxes', () => {
  const ready = async () => (await bay.get('/v1/sandboxes?status=ready')).body.items as { id: string }[];

  it('are as many as allowed when twenty starts race, and a refused start leaves nothing', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__RUNNING_PER_OWNER: '4' });
    const ids = await Promise.all(times(20, () => bay.create()));
    const answers = await Promise.all(ids.map((id) => bay.exec(id)));
    expect(statuses(answers)).toEqual(exactly(4, 200));
    expect(answers.find(({ status }) => status === 429)?.body.error).toMatchObject({
      code: 'quota_exceeded',
      details: { quota: 'running', scope: 'owner', limit: 4, current: 4 },
    });
    expect(bay.driver.count('ensureGroup')).toBe(4);
    expect(bay.driver.volumeNames.size).toBe(4);
    expect(await ready()).toHaveLength(4);
    expect((await bay.get('/v1/sandboxes?status=idle')).body.items).toHaveLength(16);
  });

  it('are capped by the older name, too', async () => {
    bay = await FakeBay.start({ MAX_SHIP_NUM: '1', BEHAVIOR_AFTER_MAX_SHIP: 'reject' });
    const [first, second] = [await bay.create(), await bay.create()];
    await bay.exec(first).expect(200);
    const refused = await bay.exec(second).expect(429);
    expect(refused.body.error.details).toMatchObject({ quota: 'running', scope: 'installation', limit: 1 });
    await bay.get(`/v1/sandboxes/${second}/filesystem/directories`).expect(429);
  });

  it('give their place back when they are stopped or deleted, and go on being used while there is none', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__RUNNING: '1' });
    const [first, second] = [await bay.create(), await bay.create()];
    await bay.exec(first).expect(200);
    await bay.exec(second).expect(429);
    await bay.exec(first).expect(200);
    await bay.post(`/v1/sandboxes/${first}/stop`).expect(200);
    await bay.exec(second).expect(200);
    await bay.exec(first).expect(429);
    await remove(second);
    await bay.exec(first).expect(200);
  });

  it('give their place back when their start failed', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__RUNNING: '1' });
    const [first, second] = [await bay.create(), await bay.create()];
    bay.driver.failures.set('ensureGroup', new BayError('image_missing', 'There is no image.'));
    await bay.exec(first).expect(503);
    bay.driver.failures.delete('ensureGroup');
    await bay.exec(second).expect(200);
    await bay.exec(first).expect(429);
  });
});

describe('executions', () => {
  it('are as many as allowed at a time, and nothing starts for those that are refused', async () => {
    bay = await FakeBay.start({ BAY_LIMITS__EXECUTIONS_PER_OWNER: '2' });
    const open = bay.driver.hold('start');
    const ids = await Promise.all(times(3, () => bay.create()));
    const started = ids.slice(0, 2).map((id) => bay.exec(id).then((answer) => answer));
    while (bay.driver.count('start') < 2) await new Promise((resolve) => setImmediate(resolve));
    const refused = await bay.exec(ids[2] ?? '').expect(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.body.error.details).toEqual({ quota: 'executions', scope: 'owner', limit: 2, current: 2 });
    expect(bay.driver.count('ensureGroup')).toBe(2);
    open();
    expect(statuses(await Promise.all(started))).toEqual([200, 200]);
    await bay.exec(ids[2] ?? '').expect(200);
  });
});
