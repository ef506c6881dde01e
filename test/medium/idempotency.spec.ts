import { jest } from '@jest/globals';
import { type LifecycleConfig } from '../../src/config/slices.js';
import { IdempotencyKeyEntity } from '../../src/idempotency/idempotency-key.entity.js';
import { IdempotencyRepository } from '../../src/idempotency/idempotency.repository.js';
import { IdempotencyService, type OnceRequest } from '../../src/idempotency/idempotency.service.js';
import { JobLeaseEntity as Effects } from '../../src/scheduling/job-lease.entity.js';
import { type TestDatabase, testDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

const HOUR_MS = 3_600_000;
let database: TestDatabase;
let clock: ManualClock;

beforeEach(async () => {
  database = await testDatabase([IdempotencyKeyEntity, Effects]);
  clock = new ManualClock();
});
afterEach(() => database.close());

const service = (idempotencyTtlMs = HOUR_MS): IdempotencyService =>
  new IdempotencyService(database.transactions, new IdempotencyRepository(database.transactions), clock, {
    idempotencyTtlMs,
  } as LifecycleConfig);

const request = (changes: Partial<OnceRequest> = {}): OnceRequest => ({
  owner: 'default',
  key: 'key-1',
  method: 'POST',
  path: '/v1/sandboxes',
  body: { profile: 'python-default', ttl: null },
  ...changes,
});

let made = 0;
/** Leaves a row, so that it shows what was committed. */
const work = jest.fn(async () => {
  const name = `effect-${(made += 1)}`;
  await database.transactions.manager.insert(Effects, { name, token: null, untilMs: 0 });
  return { status: 201, body: { id: name } };
});
beforeEach(() => void work.mockClear());

const effects = () => database.dataSource.manager.count(Effects);
const keys = () => database.dataSource.manager.count(IdempotencyKeyEntity);

describe('the same request twice', () => {
  it('has one effect when twenty of it race, and all get its answer', async () => {
    const idempotency = service();
    const answers = await Promise.all(Array.from({ length: 20 }, () => idempotency.once(request(), work)));
    expect(work).toHaveBeenCalledTimes(1);
    expect(await effects()).toBe(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^effect-/) } });
  });

  it('is the same with its defaults written out, in another order', async () => {
    const idempotency = service();
    await idempotency.once(request({ body: { b: [{ x: 1, y: null }], a: 1, ttl: undefined } }), work);
    await idempotency.once(request({ body: { a: 1, b: [{ x: 1 }], ttl: null } }), work);
    expect(await effects()).toBe(1);
  });

  it('has two effects without a key, under two keys, and of two owners', async () => {
    const idempotency = service();
    for (const one of [
      { key: undefined },
      { key: undefined },
      { key: 'a' },
      { key: 'b' },
      { key: 'a', owner: 'other' },
    ]) {
      await idempotency.once(request(one), work);
    }
    expect(await effects()).toBe(5);
    expect(await keys()).toBe(3);
  });
});

describe('a key that was used', () => {
  it.each([
    ['method', { method: 'PUT' }],
    ['path', { path: '/v1/sandboxes/x/extend_ttl' }],
    ['body', { body: { profile: 'python-data' } }],
  ])('is refused for another %s', async (_, changes) => {
    const idempotency = service();
    await idempotency.once(request(), work);
    await expect(idempotency.once(request(changes), work)).rejects.toMatchObject({
      code: 'conflict',
      details: { key: 'key-1', hint: expect.any(String) },
    });
    expect(await effects()).toBe(1);
  });

  it('is free again when it has expired', async () => {
    const idempotency = service();
    await idempotency.once(request(), work);
    clock.advance(HOUR_MS - 1);
    await idempotency.once(request(), work);
    expect(await effects()).toBe(1);
    clock.advance(1);
    await idempotency.once(request({ body: 'other' }), work);
    expect(await effects()).toBe(2);
  });

  it('is swept when it has expired, and not before', async () => {
    const idempotency = service();
    await idempotency.once(request({ key: 'old' }), work);
    clock.advance(HOUR_MS / 2);
    await idempotency.once(request({ key: 'new' }), work);
    clock.advance(HOUR_MS / 2);
    expect(await idempotency.removeExpired()).toBe(1);
    expect(await keys()).toBe(1);
  });
});

describe('what fails', () => {
  it('leaves neither effect nor key, and may be tried again', async () => {
    const idempotency = service();
    const failing = idempotency.once(request(), async () => {
      await work();
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect([await effects(), await keys()]).toEqual([0, 0]);
    await idempotency.once(request(), work);
    expect(await effects()).toBe(1);
  });

  it.each(['', 'a b', 'ä', 'a'.repeat(129), 'a,b'])('includes the key %p, which has the wrong form', async (key) => {
    const idempotency = service();
    await expect(idempotency.once(request({ key }), work)).rejects.toMatchObject({
      code: 'conflict',
      details: { key },
    });
    expect(work).not.toHaveBeenCalled();
  });
});

it('ignores keys when it is switched off', async () => {
  const idempotency = service(0);
  await idempotency.once(request(), work);
  await idempotency.once(request({ key: 'not a key' }), work);
  expect([await effects(), await keys()]).toEqual([2, 0]);
});
