import { Transactions } from '../../src/database/transactions.js';
import { IdempotencyService } from '../../src/idempotency/idempotency.service.js';
import { SandboxOpening } from '../../src/sandboxes/sandbox-opening.js';
import { SparesRepository } from '../../src/sandboxes/spares.repository.js';
import { SparesService } from '../../src/sandboxes/spares.service.js';
import { type FakeBay } from '../support/fake-bay.js';
import { metric, pooledBay, poolOf, settledAt } from '../support/pooled-bay.js';
import { pooled } from '../support/pooled-profile.js';

let bay: FakeBay;
afterEach(() => bay.end());

const PROFILE = 'python-default';
const claims = (result: string) => metric(bay, 'bay_pool_claims_total', { profile: PROFILE, result });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const agentOf = (id: string) => {
  const group = [...bay.driver.groups.values()].find(({ spec }) => spec.labels.sandboxId === id);
  if (!group?.agent) throw new Error(`Nothing runs for ${id}.`);
  return group.agent;
};
/** One spare, and none after it: what follows is on its own. */
const oneSpare = async (env: Record<string, string> = {}, more: object = {}) => {
  bay = await pooledBay([pooled(1, more)], env);
  await settledAt(bay, 1);
  return bay.driver.hold('volumes.ensure');
};

describe('a spare', () => {
  it('runs, and is nowhere to be seen', async () => {
    await oneSpare();
    expect((await bay.get('/v1/sandboxes')).body.items).toEqual([]);
    expect((await bay.get('/v1/cargos?managed=true')).body.items).toEqual([]);
    const [group] = [...bay.driver.groups.values()];
    const { sandboxId = '', workspaceId = '' } = group?.spec.labels ?? {};
    await bay.get(`/v1/sandboxes/${sandboxId}`).expect(404);
    await bay.delete(`/v1/sandboxes/${sandboxId}`).expect(404);
    await bay.exec(sandboxId).expect(404);
    await bay.get(`/v1/cargos/${workspaceId}`).expect(404);
    expect(await metric(bay, 'bay_sandboxes', { status: 'ready', profile: PROFILE })).toBe(0);
    expect(await metric(bay, 'bay_pool_spares', { state: 'ready', profile: PROFILE })).toBe(1);
  });

  it('was told nothing: its agent has no identity, no environment, and ran nothing', async () => {
    await oneSpare({}, { env: { A: 'b' } });
    expect(bay.driver.agents.map(({ log, inits }) => ({ log, inits }))).toEqual([{ log: [], inits: [] }]);
    await bay.sweep('check-running-sandboxes');
    expect(bay.driver.agents[0]?.inits).toEqual([]);
  });
});

describe('a create', () => {
  it('is given the spare, its life beginning now, and its environment told to the agent', async () => {
    await oneSpare({}, { env: { A: 'b' }, idle_timeout: 600 });
    const before = Date.now();
    const { body } = await bay.post('/v1/sandboxes', { ttl: 3600 }).expect(201);
    expect(body).toMatchObject({ status: 'idle', profile: PROFILE, containers: null });
    expect(agentOf(body.id).inits).toEqual([{ session_id: expect.any(String), sandbox_id: body.id, env: { A: 'b' } }]);
    const seen = (await bay.get(`/v1/sandboxes/${body.id}`)).body;
    expect(seen).toMatchObject({ status: 'ready', cargo_id: body.cargo_id, containers: [{ name: 'ship' }] });
    const instant = (text: string) => Date.parse(`${text}Z`);
    expect(instant(seen.created_at)).toBeGreaterThanOrEqual(before);
    expect(instant(seen.expires_at) - instant(seen.created_at)).toBe(3_600_000);
    expect(instant(seen.idle_expires_at) - instant(seen.created_at)).toBe(600_000);
    expect((await bay.exec(body.id).expect(200)).body.output).toBe('hello');
    expect((await bay.get(`/v1/cargos/${body.cargo_id}`)).body).toMatchObject({ managed_by_sandbox_id: body.id });
    expect(await claims('hit')).toBe(1);
    expect(bay.driver.count('start')).toBe(1);
  });

  it('finds no spare where there is none, and starts at its first use', async () => {
    await oneSpare();
    await bay.create();
    const second = await bay.create();
    expect((await bay.get(`/v1/sandboxes/${second}`)).body.status).toBe('idle');
    expect([await claims('hit'), await claims('miss')]).toEqual([1, 1]);
  });

  it('of another profile, or with a cargo of its own, takes no spare and counts as no miss', async () => {
    bay = await pooledBay([pooled(1), { id: 'plain' }]);
    await settledAt(bay, 1);
    const cargo = (await bay.post('/v1/cargos', {}).expect(201)).body.id;
    for (const body of [{ profile: 'plain' }, { cargo_id: cargo }]) {
      expect((await bay.get(`/v1/sandboxes/${await bay.create(body)}`)).body.status).toBe('idle');
    }
    expect([await claims('hit'), await claims('miss')]).toEqual([0, 0]);
    expect((await poolOf(bay)).ready).toBe(1);
  });

  it('is one of twenty that race for one spare: one gets it, the others start on their own', async () => {
    const open = await oneSpare();
    const ids = await Promise.all(times(20, () => bay.create()));
    expect(new Set(ids).size).toBe(20);
    const views = await Promise.all(ids.map(async (id) => (await bay.get(`/v1/sandboxes/${id}`)).body));
    expect(views.filter(({ status }) => status === 'ready')).toHaveLength(1);
    expect(new Set(views.map(({ cargo_id }) => cargo_id)).size).toBe(20);
    expect([await claims('hit'), await claims('miss')]).toEqual([1, 19]);
    open();
    const answers = await Promise.all(ids.map((id) => bay.exec(id, id)));
    expect(answers.map(({ body }) => body.output)).toEqual(ids);
  });

  it('under one Idempotency-Key takes one spare, however often it is sent', async () => {
    bay = await pooledBay([pooled(3)]);
    await settledAt(bay, 3);
    const open = bay.driver.hold('volumes.ensure');
    const keyed = () => bay.post('/v1/sandboxes', {}).set('Idempotency-Key', 'one');
    // As many as there are spares: whichever of them is the first has one at hand.
    const answers = await Promise.all(times(3, keyed));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect([await claims('hit'), await claims('miss'), (await poolOf(bay)).ready]).toEqual([1, 0, 2]);
    const [id] = answers.map(({ body }) => body.id as string);
    expect(bay.driver.agents.flatMap(({ inits }) => inits)).toMatchObject([{ sandbox_id: id }]);
    open();
    await settledAt(bay, 3, 1);
  });

  it('that is rolled back leaves the spare for the next', async () => {
    await oneSpare();
    const request = { profileId: PROFILE, cargoId: null, ttlSec: null };
    const broken = bay.app.app.get(SandboxOpening).open('ann', request, (create) =>
      bay.app.app
        .get(IdempotencyService)
        .once({ owner: 'ann', key: 'k', method: 'POST', path: '/', body: {} }, async () => {
          await create();
          throw new Error('On purpose.');
        }),
    );
    await expect(broken).rejects.toThrow('On purpose.');
    expect([await claims('hit'), await claims('miss')]).toEqual([0, 0]);
    expect(bay.driver.agents[0]?.inits).toEqual([]);
    expect((await bay.get(`/v1/sandboxes/${await bay.create()}`)).body.status).toBe('ready');
  });

  it('over the number of sandboxes is refused, and the spare stays', async () => {
    await oneSpare({ BAY_LIMITS__SANDBOXES_PER_OWNER: '1' });
    const cargo = (await bay.post('/v1/cargos', {}).expect(201)).body.id;
    const first = await bay.create({ cargo_id: cargo });
    await bay.post('/v1/sandboxes', {}).expect(429);
    expect((await poolOf(bay)).ready).toBe(1);
    expect(bay.driver.agents[0]?.inits).toEqual([]);
    await bay.delete(`/v1/sandboxes/${first}`).expect(204);
    expect((await bay.get(`/v1/sandboxes/${await bay.create()}`)).body.status).toBe('ready');
  });

  it('over the number of running ones gets a sandbox that does not run, and the spare stays', async () => {
    const open = await oneSpare({ BAY_LIMITS__RUNNING_PER_OWNER: '1' });
    const cargo = (await bay.post('/v1/cargos', {}).expect(201)).body.id;
    const first = await bay.create({ cargo_id: cargo });
    open();
    await bay.exec(first).expect(200);
    const second = await bay.create();
    expect((await bay.get(`/v1/sandboxes/${second}`)).body.status).toBe('idle');
    expect([await claims('miss'), (await poolOf(bay)).ready]).toEqual([1, 1]);
    await bay.exec(second).expect(429);
  });
});

describe('a spare that is not well', () => {
  it('because it has ended is not handed out; the next one is, and it is replaced', async () => {
    bay = await pooledBay([pooled(2)]);
    await settledAt(bay, 2);
    const [oldest] = await bay.app.app.get(SparesService).list();
    const [sick] = [...bay.driver.groups.values()].filter(({ spec }) =>
      `${oldest?.id}`.startsWith(uuidStart(spec.labels.sandboxId)),
    );
    await sick?.agent?.close();
    sick!.agent = null;
    sick!.state = 'broken';
    const id = await bay.create();
    expect(agentOf(id).inits).toHaveLength(1);
    expect(id).not.toBe(sick?.spec.labels.sandboxId);
    await settledAt(bay, 2, 1);
  });

  it('like all the others leaves the create to a start of its own', async () => {
    bay = await pooledBay([pooled(2)]);
    await settledAt(bay, 2);
    await bay.driver.killAll();
    const id = await bay.create();
    expect((await bay.exec(id).expect(200)).body.output).toBe('hello');
    expect(await claims('miss')).toBe(1);
    await settledAt(bay, 2, 1);
  });

  it('because it serves somebody already is never handed out again', async () => {
    await oneSpare();
    const used = bay.driver.agents[0];
    Object.assign(used!, { initialized: true });
    const id = await bay.create();
    expect((await bay.get(`/v1/sandboxes/${id}`)).body.status).toBe('idle');
    expect(used?.inits).toEqual([]);
  });

  it('only when it is told of its owner: the sandbox is told again, or started anew', async () => {
    await oneSpare();
    const agent = bay.driver.agents[0];
    const id = await bay.create();
    agent?.forgetInit();
    expect((await bay.exec(id).expect(200)).body.output).toBe('hello');
    expect(agent?.inits).toHaveLength(2);
  });
});

describe('the row', () => {
  it('is won by one of twenty workers', async () => {
    await oneSpare();
    const { transactions, rows } = {
      transactions: bay.app.app.get(Transactions),
      rows: bay.app.app.get(SparesRepository),
    };
    const [spare] = await bay.app.app.get(SparesService).list();
    const claim = (owner: string) =>
      transactions.run(() =>
        rows.claim(spare!, { owner, createdAt: 1, lastActiveAt: 1, expiresAt: null, idleExpiresAt: null }),
      );
    const won = (await Promise.all(times(20, (index) => claim(`owner ${index}`)))).filter((row) => row !== null);
    expect(won).toHaveLength(1);
    expect(await transactions.run(() => rows.retire(spare!.id, 1))).toBeNull();
  });

  it('is not won once its end is wanted', async () => {
    await oneSpare();
    const { transactions, rows } = {
      transactions: bay.app.app.get(Transactions),
      rows: bay.app.app.get(SparesRepository),
    };
    const [spare] = await bay.app.app.get(SparesService).list();
    await transactions.run(() => rows.retire(spare!.id, 1));
    const binding = { owner: 'ann', createdAt: 1, lastActiveAt: 1, expiresAt: null, idleExpiresAt: null };
    expect(await transactions.run(() => rows.claim(spare!, binding))).toBeNull();
  });
});

/** `sandbox-0123456789ab` shows the first digits of `01234567-89ab-…`. */
const uuidStart = (publicId: string): string => publicId.replace(/^sandbox-(.{8})(.{4})$/, '$1-$2');
