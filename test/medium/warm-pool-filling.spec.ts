import { Transactions } from '../../src/database/transactions.js';
import { ProfilesService } from '../../src/profiles/profiles.service.js';
import { SandboxesRepository } from '../../src/sandboxes/sandboxes.repository.js';
import { SparesService } from '../../src/sandboxes/spares.service.js';
import { BayError } from '../../src/shared/errors.js';
import { SYSTEM } from '../../src/shared/scope.js';
import { eventually } from '../support/eventually.js';
import { type FakeBay } from '../support/fake-bay.js';
import { metric, pooledBay, poolOf, settledAt } from '../support/pooled-bay.js';
import { pooled } from '../support/pooled-profile.js';

let bay: FakeBay;
afterEach(() => bay.end());

const FILL = 'fill-warm-pool';
const failures = () => metric(bay, 'bay_pool_refill_failures_total', { profile: 'python-default' });
const spareIds = async () => (await bay.app.app.get(SparesService).list()).map(({ id }) => id);
const startsFail = () => bay.driver.failures.set('ensureGroup', new BayError('image_missing', 'There is no image.'));

describe('a pool', () => {
  it('is filled as Bay starts, a few at a time, and again when a spare was claimed', async () => {
    bay = await pooledBay([pooled(3)], { BAY_WARM_POOL__WARMUP_QUEUE_WORKERS: '1' });
    await settledAt(bay, 3);
    const id = await bay.create();
    await settledAt(bay, 3, 1);
    await bay.delete(`/v1/sandboxes/${id}`).expect(204);
    await settledAt(bay, 3);
    expect(bay.driver.count('start')).toBe(4);
  });

  it('never gets one back: what was used is removed', async () => {
    bay = await pooledBay([pooled(1)]);
    await settledAt(bay, 1);
    const ids = [];
    for (let round = 0; round < 3; round += 1) {
      const id = await bay.create();
      ids.push(id);
      await bay.exec(id).expect(200);
      await bay.delete(`/v1/sandboxes/${id}`).expect(204);
      await settledAt(bay, 1);
    }
    expect(new Set(ids).size).toBe(3);
    expect(bay.driver.agents.map(({ runs }) => runs)).toEqual([[]]);
  });

  it('is not there when it is switched off', async () => {
    bay = await pooledBay([pooled(3)], { WARM_POOL_ENABLED: 'false' });
    await bay.sweep(FILL);
    expect(await poolOf(bay)).toMatchObject({ size: 0, ready: 0, starting: 0 });
    expect(bay.driver.count('ensureGroup')).toBe(0);
  });

  it('keeps within the ceiling of all pools together', async () => {
    bay = await pooledBay([pooled(3), pooled(3, { id: 'other' })], { WARM_POOL_MAX_SIZE: '4' });
    await settledAt(bay, 3, 1);
    await bay.sweep(FILL);
    expect((await poolOf(bay, 'other')).ready).toBe(1);
  });

  it('takes no place from clients, and gives its own up to them', async () => {
    bay = await pooledBay([pooled(2)], { BAY_LIMITS__RUNNING: '2' });
    await settledAt(bay, 2);
    const [first, second] = [await bay.create(), await bay.create()];
    await bay.sweep(FILL);
    await settledAt(bay, 0, 2);
    await bay.exec(first).expect(200);
    await bay.post(`/v1/sandboxes/${second}/stop`).expect(200);
    await bay.sweep(FILL);
    await eventually(
      () => poolOf(bay),
      ({ ready }) => ready === 1,
    );
  });

  it('tries again, with pauses, when spares do not start, and leaves nothing of them', async () => {
    bay = await pooledBay([pooled(2)], { BAY_WARM_POOL__RUN_ON_STARTUP: 'false' });
    startsFail();
    await bay.sweep(FILL);
    await eventually(failures, (count) => count >= 3);
    bay.driver.failures.clear();
    await settledAt(bay, 2);
    expect(await poolOf(bay)).toMatchObject({ failures: 0, next_try_at: null });
  });

  it('stops trying for minutes after too many failures', async () => {
    const rules = { warmup_circuit_breaker_threshold: 3 };
    bay = await pooledBay([pooled(1, rules)], { BAY_WARM_POOL__RUN_ON_STARTUP: 'false' });
    startsFail();
    await bay.sweep(FILL);
    await eventually(failures, (count) => count >= 3);
    const { next_try_at: next, ...pool } = await poolOf(bay);
    expect(pool).toMatchObject({ failures: 3, ready: 0 });
    expect(Date.parse(next ?? '')).toBeGreaterThan(Date.now() + 200_000);
    const tried = bay.driver.count('ensureGroup');
    await bay.sweep(FILL);
    expect([await failures(), bay.driver.count('ensureGroup')]).toEqual([3, tried]);
    expect(bay.driver.groups.size + bay.driver.volumeNames.size).toBe(0);
  });

  it('replaces a spare that ended by itself', async () => {
    bay = await pooledBay([pooled(1)]);
    await settledAt(bay, 1);
    const [before] = await spareIds();
    await bay.driver.killAll();
    await bay.sweep('check-running-sandboxes');
    await bay.sweep(FILL);
    await settledAt(bay, 1);
    expect(await spareIds()).not.toContain(before);
  });

  it('replaces all when the image is another by now', async () => {
    bay = await pooledBay([pooled(2)]);
    await settledAt(bay, 2);
    const before = await spareIds();
    bay.driver.imageId = 'second build';
    await bay.sweep(FILL);
    await settledAt(bay, 2);
    const after = await spareIds();
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  it('replaces one that is too old, once its successor is there', async () => {
    bay = await pooledBay([pooled(1, { warm_rotate_ttl: 3600 })]);
    await settledAt(bay, 1);
    const [old] = await spareIds();
    const { transactions, rows } = {
      transactions: bay.app.app.get(Transactions),
      rows: bay.app.app.get(SandboxesRepository),
    };
    const age = `UPDATE sandboxes SET created_at = created_at - 3600000 WHERE id = '${old}'`;
    await transactions.run(() => transactions.manager.query(age));
    const open = bay.driver.hold('start');
    await bay.sweep(FILL);
    expect(await poolOf(bay)).toMatchObject({ ready: 1, starting: 1 });
    open();
    await settledAt(bay, 1);
    expect(await spareIds()).not.toContain(old);
    expect((await transactions.read(() => rows.findById(SYSTEM, old ?? '')))?.desiredState).toBe('deleted');
  });

  it('loses what was made from another configuration, and all of a profile that is gone', async () => {
    bay = await pooledBay([pooled(1)]);
    await settledAt(bay, 1);
    const profile = bay.app.app.get(ProfilesService).get('python-default');
    const [container] = profile.containers;
    const spares = bay.app.app.get(SparesService);
    const open = bay.driver.hold('start');
    for (const other of [
      { ...profile, id: 'gone' },
      { ...profile, containers: [{ ...container, cpus: 7 }] as const },
    ]) {
      await spares.open(other, null);
    }
    expect((await spareIds()).length).toBe(3);
    await bay.sweep(FILL);
    open();
    await settledAt(bay, 1);
    expect(await spareIds()).toHaveLength(1);
  });

  it('is drained for good when Bay goes down, sandboxes of clients left alone', async () => {
    bay = await pooledBay([pooled(2)]);
    await settledAt(bay, 2);
    const id = await bay.create();
    await settledAt(bay, 2, 1);
    expect((await bay.post('/v1/admin/pool/drain').expect(200)).body).toEqual({ retired: 2, complete: true });
    await bay.sweep(FILL);
    await settledAt(bay, 0, 1);
    expect((await bay.post('/v1/admin/pool/drain').expect(200)).body).toEqual({ retired: 0, complete: true });
    await bay.exec(id).expect(200);
  });
});
