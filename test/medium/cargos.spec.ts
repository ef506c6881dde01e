import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BayError } from '../../src/shared/errors.js';
import { FakeBay } from '../support/fake-bay.js';

let bay: FakeBay;
beforeEach(async () => {
  bay = await FakeBay.start();
});
afterEach(() => bay.end());

const make = async (body?: object): Promise<string> => (await bay.post('/v1/cargos', body).expect(201)).body.id;
const cargo = (id: string) => bay.get(`/v1/cargos/${id}`);
const remove = (id: string) => bay.delete(`/v1/cargos/${id}`);
const cargoOf = async (sandbox: string): Promise<string> => (await bay.get(`/v1/sandboxes/${sandbox}`)).body.cargo_id;

describe('a cargo', () => {
  it('is external, and looks as the published clients expect', async () => {
    const { body } = await bay.post('/v1/cargos', { size_limit_mb: 64 }).expect(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^ws-[0-9a-f]{12}$/),
      managed: false,
      managed_by_sandbox_id: null,
      backend: 'docker_volume',
      size_limit_mb: 64,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}$/),
      last_accessed_at: body.created_at,
    });
    expect((await cargo(body.id).expect(200)).body).toEqual(body);
  });

  it('has the configured size when the request has no body, an empty one, or null', async () => {
    for (const body of [undefined, {}, { size_limit_mb: null }]) {
      expect((await bay.post('/v1/cargos', body).expect(201)).body.size_limit_mb).toBe(1024);
    }
  });

  it.each([0, 65_537, 1.5, 'big'])('is refused with a size of %p', async (size_limit_mb) => {
    await bay.post('/v1/cargos', { size_limit_mb }).expect(422);
  });

  it('is made once for an Idempotency-Key', async () => {
    const once = () => bay.post('/v1/cargos', { size_limit_mb: 5 }).set('Idempotency-Key', 'one').expect(201);
    const answers = await Promise.all(Array.from({ length: 10 }, once));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await bay.get('/v1/cargos')).body.items).toHaveLength(1);
  });

  it('is 404 where there is none', async () => {
    for (const call of [cargo('ws-000000000000'), remove('ws-000000000000')]) {
      expect((await call.expect(404)).body.error.code).toBe('not_found');
    }
  });
});

describe('a list of cargos', () => {
  it('has the external ones, newest first, in full pages until the last', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push(await make());
    await bay.create();
    const seen: { id: string; created_at: string }[] = [];
    let cursor = '';
    for (const size of [2, 2, 1]) {
      const { body } = await bay.get(`/v1/cargos?limit=2&cursor=${cursor}`).expect(200);
      expect(body.items).toHaveLength(size);
      seen.push(...body.items);
      cursor = body.next_cursor ?? '';
    }
    expect(cursor).toBe('');
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(made));
    const dates = seen.map(({ created_at }) => created_at);
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('has those of sandboxes when they are asked for', async () => {
    await make();
    const sandbox = await bay.create();
    const { items } = (await bay.get('/v1/cargos?managed=true').expect(200)).body;
    expect(items).toMatchObject([{ id: await cargoOf(sandbox), managed: true, managed_by_sandbox_id: sandbox }]);
    expect((await bay.get('/v1/cargos?managed=false')).body.items).toHaveLength(1);
  });
});

describe('several sandboxes', () => {
  it('share one cargo, which outlives them all', async () => {
    const id = await make();
    const [one, other] = [await bay.create({ cargo_id: id }), await bay.create({ cargo_id: id })];
    await bay.exec(one).expect(200);
    await bay.exec(other).expect(200);
    expect([...bay.driver.groups.values()].map(({ spec }) => spec.volume)).toEqual(Array(2).fill(`bay-cargo-${id}`));
    for (const sandbox of [one, other]) await bay.delete(`/v1/sandboxes/${sandbox}`).expect(204);
    expect(bay.driver.volumeNames).toEqual(new Set([`bay-cargo-${id}`]));
    await bay.exec(await bay.create({ cargo_id: id })).expect(200);
  });

  it('show when the files of their cargo were last used', async () => {
    const id = await make();
    const sandbox = await bay.create({ cargo_id: id });
    await bay.exec(sandbox).expect(200);
    const lastAccess = async (): Promise<string> => (await cargo(id)).body.last_accessed_at;
    const started = await lastAccess();
    while (`${new Date().toISOString().slice(0, -1)}000` <= started) await bay.get('/health');
    await bay.exec(sandbox).expect(200);
    // A look at the sandbox writes what is known of its use.
    await bay.get(`/v1/sandboxes/${sandbox}`).expect(200);
    expect((await lastAccess()) > started).toBe(true);
  });

  it('never share the cargo of one of them', async () => {
    const id = await cargoOf(await bay.create());
    expect((await bay.post('/v1/sandboxes', { cargo_id: id }).expect(404)).body.error.code).toBe('not_found');
  });
});

describe('deleting a cargo', () => {
  it('removes its volume, and a second time finds nothing', async () => {
    const id = await make();
    const sandbox = await bay.create({ cargo_id: id });
    await bay.exec(sandbox).expect(200);
    await bay.delete(`/v1/sandboxes/${sandbox}`).expect(204);
    await remove(id).expect(204);
    expect(bay.driver.volumeNames.size).toBe(0);
    await remove(id).expect(404);
    await cargo(id).expect(404);
    await bay.post('/v1/sandboxes', { cargo_id: id }).expect(404);
  });

  it('is refused while a sandbox uses it, and names it', async () => {
    const id = await make();
    const sandbox = await bay.create({ cargo_id: id });
    const { error } = (await remove(id).expect(409)).body;
    expect(error).toMatchObject({ code: 'conflict', details: { active_sandbox_ids: [sandbox] } });
    await cargo(id).expect(200);
  });

  it('is refused for that of a sandbox, and names it', async () => {
    const sandbox = await bay.create();
    const { error } = (await remove(await cargoOf(sandbox)).expect(409)).body;
    expect(error).toMatchObject({ code: 'conflict', details: { managed_by_sandbox_id: sandbox } });
  });

  it('never takes a cargo from under a sandbox that is created meanwhile', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await make();
      const [created, deleted] = await Promise.all([bay.post('/v1/sandboxes', { cargo_id: id }), remove(id)]);
      expect([created.status, deleted.status].sort()).toEqual(created.status === 201 ? [201, 409] : [204, 404]);
    }
  });

  it('lets twenty creations and a deletion that race end as one order of them', async () => {
    const id = await make();
    const creations = Array.from({ length: 20 }, () => bay.post('/v1/sandboxes', { cargo_id: id }));
    creations.splice(10, 0, remove(id));
    const statuses = (await Promise.all(creations)).map(({ status }) => status);
    const deleted = statuses.splice(10, 1)[0];
    expect(new Set(statuses)).toEqual(new Set([deleted === 204 ? 404 : 201]));
  });

  it('is carried out later when the engine is away, and nothing is lost meanwhile', async () => {
    const id = await make();
    const sandbox = await bay.create({ cargo_id: id });
    await bay.exec(sandbox).expect(200);
    await bay.delete(`/v1/sandboxes/${sandbox}`).expect(204);
    bay.driver.failures.set('volumes.remove', new BayError('driver_unavailable', 'The engine does not answer.'));
    await remove(id).expect(204);
    expect(bay.driver.volumeNames.size).toBe(1);
    bay.driver.failures.clear();
    await bay.sweep('remove-late-volumes');
    expect(bay.driver.volumeNames.size).toBe(0);
  });
});

describe('a volume that no row knows', () => {
  it('is kept by the sweep, counted, and reported once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    bay.driver.volumeNames.add('bay-cargo-ws-000000000000');
    await bay.sweep('remove-late-volumes');
    await bay.sweep('remove-late-volumes');
    expect(bay.driver.volumeNames.size).toBe(1);
    const unknown = expect.objectContaining({ volume: 'bay-cargo-ws-000000000000' });
    expect(warn.mock.calls.filter(([said]) => unknown.asymmetricMatch(said))).toHaveLength(1);
    warn.mockRestore();
    const { results } = (await bay.post('/v1/admin/gc/run', { tasks: ['orphan_cargo'] }).expect(200)).body;
    expect(results).toMatchObject([{ task_name: 'orphan_cargo', cleaned_count: 0, skipped_count: 1 }]);
  });
});
