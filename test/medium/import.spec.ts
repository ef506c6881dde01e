import { ImportModule } from '../../src/import/import.module.js';
import { type ImportReport } from '../../src/import/import-report.js';
import { ImportService } from '../../src/import/import.service.js';
import { readOlderDatabase } from '../../src/import/older-database.js';
import { FakeBay } from '../support/fake-bay.js';
import { OlderDatabase } from '../support/older-database.js';

let bay: FakeBay;
let older: OlderDatabase;
beforeEach(async () => {
  older = new OlderDatabase();
  bay = await FakeBay.start({}, [ImportModule]);
});
afterEach(async () => {
  older.end();
  await bay.end();
});

const onEngine = (...cargos: string[]) => cargos.forEach((id) => bay.driver.volumeNames.add(`adopted:bay-cargo-${id}`));
const run = (dryRun = false): Promise<ImportReport> =>
  bay.app.app.get(ImportService).run(readOlderDatabase(older.file, '/'), { dryRun });
const reasons = ({ sandboxes }: ImportReport) =>
  Object.fromEntries(sandboxes.skipped.map(({ id, reason }) => [id, reason]));

describe('an import', () => {
  it('takes over a sandbox with its cargo: ids, owner, expiry and dates stay, and its volume is used as it is', async () => {
    const id = older.sandboxWithCargo('0123456789ab', { expires_at: '2099-01-01 00:00:00.000000' });
    onEngine('ws-0123456789ab');
    expect(await run()).toMatchObject({ cargos: { added: ['ws-0123456789ab'] }, sandboxes: { added: [id] } });

    expect((await bay.get(`/v1/sandboxes/${id}`).expect(200)).body).toMatchObject({
      id,
      status: 'idle',
      cargo_id: 'ws-0123456789ab',
      created_at: '2025-11-22T17:00:49.654000',
      expires_at: '2099-01-01T00:00:00.000000',
    });
    expect((await bay.get('/v1/cargos/ws-0123456789ab').expect(200)).body).toMatchObject({
      managed: true,
      managed_by_sandbox_id: id,
      size_limit_mb: 1024,
    });
    await bay.exec(id).expect(200);
    expect([...bay.driver.groups.values()].map(({ spec }) => spec.volume)).toEqual([
      'adopted:bay-cargo-ws-0123456789ab',
    ]);
    await bay.delete(`/v1/sandboxes/${id}`).expect(204);
    expect(bay.driver.volumeNames.size).toBe(0);
  });

  it('takes over a shared cargo and all its sandboxes', async () => {
    const cargo = older.cargo('ws-aaaaaaaaaaaa');
    const ids = ['sandbox-aaaaaaaaaaa1', 'sandbox-aaaaaaaaaaa2'].map((id) => older.sandbox(id, cargo));
    onEngine(cargo);
    expect((await run()).sandboxes.added).toEqual(ids);
    expect((await bay.delete(`/v1/cargos/${cargo}`).expect(409)).body.error.details.active_sandbox_ids.sort()).toEqual(
      ids,
    );
    for (const id of ids) await bay.delete(`/v1/sandboxes/${id}`).expect(204);
    expect(bay.driver.volumeNames.size).toBe(1);
    await bay.delete(`/v1/cargos/${cargo}`).expect(204);
    expect(bay.driver.volumeNames.size).toBe(0);
  });

  it('adds nothing the second time, and does not bring back what was deleted', async () => {
    const cargo = older.cargo('ws-aaaaaaaaaaaa');
    const [kept, deleted] = [older.sandbox('sandbox-aaaaaaaaaaaa', cargo), older.sandboxWithCargo('bbbbbbbbbbbb')];
    onEngine(cargo, 'ws-bbbbbbbbbbbb');
    await run();
    await bay.delete(`/v1/sandboxes/${deleted}`).expect(204);
    const { cargos, sandboxes } = await run();
    expect(cargos).toMatchObject({ added: [], skipped: [] });
    expect(sandboxes).toEqual({ added: [], known: [kept, deleted], skipped: [] });
    await bay.get(`/v1/sandboxes/${deleted}`).expect(404);
  });

  it('only looks when it is asked to', async () => {
    const [cargo, own] = [older.cargo('ws-aaaaaaaaaaaa'), older.sandboxWithCargo('bbbbbbbbbbbb')];
    const shared = older.sandbox('sandbox-aaaaaaaaaaaa', cargo);
    onEngine(cargo, 'ws-bbbbbbbbbbbb');
    const { sandboxes } = await run(true);
    expect(sandboxes.added.sort()).toEqual([shared, own]);
    for (const id of sandboxes.added) await bay.get(`/v1/sandboxes/${id}`).expect(404);
    expect((await bay.get('/v1/cargos')).body.items).toEqual([]);
  });

  it('leaves out, with the reason, what could not work here, and its cargo with it', async () => {
    older.sandboxWithCargo('aaaaaaaaaaa1', { profile_id: 'gone' });
    older.sandboxWithCargo('aaaaaaaaaaa2', { expires_at: '2025-11-23 00:00:00.000000' });
    older.sandboxWithCargo('aaaaaaaaaaa3', { is_warm_pool: 1 });
    older.sandboxWithCargo('aaaaaaaaaaa4');
    older.sandboxWithCargo('aaaaaaaaaaa5', { deleted_at: '2025-11-23 00:00:00.000000' });
    onEngine('ws-aaaaaaaaaaa1', 'ws-aaaaaaaaaaa2', 'ws-aaaaaaaaaaa3', 'ws-aaaaaaaaaaa5');
    const report = await run();
    expect(reasons(report)).toEqual({
      'sandbox-aaaaaaaaaaa1': 'there is no profile gone here',
      'sandbox-aaaaaaaaaaa2': 'it expired at 2025-11-23T00:00:00.000Z',
      'sandbox-aaaaaaaaaaa3': 'it is a spare that nobody had claimed',
      'sandbox-aaaaaaaaaaa4': 'The engine has no volume bay-cargo-ws-aaaaaaaaaaa4.',
    });
    expect(report.cargos.added).toEqual([]);
    expect(report.cargos.skipped.map(({ id }) => id)).toHaveLength(5);
    expect(bay.driver.volumeNames.size).toBe(4);
  });

  it('gives no volume to two cargos, and the cargo of one sandbox to no other', async () => {
    const first = older.cargo('ws-aaaaaaaaaaaa');
    older.cargo('ws-bbbbbbbbbbbb', { driver_ref: `bay-cargo-${first}` });
    older.sandboxWithCargo('cccccccccccc');
    older.sandbox('sandbox-dddddddddddd', 'ws-cccccccccccc');
    onEngine(first, 'ws-cccccccccccc');
    const taken = [{ id: 'ws-bbbbbbbbbbbb', reason: `Another cargo has the volume bay-cargo-${first}.` }];
    const report = await run();
    for (const { cargos } of [report, await run()]) expect(cargos.skipped).toEqual(taken);
    expect(reasons(report)).toEqual({
      'sandbox-dddddddddddd': 'its cargo ws-cccccccccccc belongs to sandbox-cccccccccccc',
    });
  });

  it('keeps owners apart', async () => {
    const cargo = older.cargo('ws-aaaaaaaaaaaa', { owner: 'somebody' });
    onEngine(cargo);
    expect((await run()).cargos.added).toEqual([cargo]);
    await bay.get(`/v1/cargos/${cargo}`).expect(404);
  });
});

describe('the database of an import', () => {
  it.each([
    ['that is not there', 'sqlite+aiosqlite:////nowhere/bay.db', 'There is no database /nowhere/bay.db.'],
    ['of another kind', 'postgresql+asyncpg://db/bay', 'Only SQLite databases can be taken over: name its file.'],
  ])('%s is refused with a sentence', (_, from, sentence) => {
    expect(() => readOlderDatabase(from, '/')).toThrow(sentence);
  });
});
