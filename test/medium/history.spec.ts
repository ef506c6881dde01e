import { jest } from '@jest/globals';
import { HistoryRepository } from '../../src/history/history.repository.js';
import { FakeBay } from '../support/fake-bay.js';

/** What ran stays readable, filtered and annotated, for as long as retention keeps it. */
let bay: FakeBay;
let id: string;

const start = async (env: Record<string, string> = {}): Promise<void> => {
  bay = await FakeBay.start(env);
  id = await bay.create();
};
afterEach(() => bay.end());

const list = async (query = '') => (await bay.get(`/v1/sandboxes/${id}/history?${query}`).expect(200)).body;
const codes = async (query = ''): Promise<string[]> =>
  (await list(query)).entries.map(({ code }: { code: string }) => code);
const ran = async (code: string, options: object = {}): Promise<string> =>
  (await bay.exec(id, code, options).expect(200)).body.execution_id as string;

describe('an execution', () => {
  beforeEach(() => start());

  it('is in the history when its call is answered, with what it was and how it went', async () => {
    const { body } = await bay.exec(id, 'print(1)', { description: 'First', tags: 'b, a ,b' }).expect(200);
    const { entries, total } = await list();
    expect(total).toBe(1);
    expect(entries).toEqual([
      {
        id: body.execution_id,
        sandbox_id: id,
        session_id: expect.stringMatching(/^sess-[0-9a-f]{12}$/),
        exec_type: 'python',
        code: 'print(1)',
        success: true,
        execution_time_ms: body.execution_time_ms,
        output: 'print(1)',
        error: null,
        payload_ref: null,
        description: 'First',
        tags: 'a,b',
        notes: null,
        learn_enabled: false,
        learn_status: null,
        learn_error: null,
        learn_processed_at: null,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
      },
    ]);
    expect((await bay.get(`/v1/sandboxes/${id}/history/${body.execution_id}`).expect(200)).body).toEqual(entries[0]);
  });

  it('is there with its error when its result was lost', async () => {
    await bay.exec(id, 'drop').expect(409);
    const [entry] = (await list()).entries;
    expect(entry).toMatchObject({ code: 'drop', success: false, output: '', error: expect.any(String) });
    expect(await codes('success_only=true')).toEqual([]);
  });

  it('leaves no entry when it never began', async () => {
    bay.driver.failures.set('start', new Error('on purpose'));
    await bay.exec(id).expect(500);
    expect((await list()).total).toBe(0);
  });

  it('is answered even when its row cannot be written', async () => {
    const full = jest.spyOn(bay.app.app.get(HistoryRepository, { strict: false }), 'insert');
    full.mockRejectedValueOnce(new Error('The disk is full.'));
    expect((await bay.exec(id, 'lost').expect(200)).body.output).toBe('lost');
    await bay.exec(id, 'kept').expect(200);
    expect((await list()).entries.map(({ code }: { code: string }) => code)).toEqual(['kept']);
  });

  it('may have written NUL, which no text of a database holds', async () => {
    await bay.shell(id).expect(200);
    bay.driver.agents[0]?.says('b\0c');
    expect((await bay.shell(id).expect(200)).body.output).toBe('b\0c');
    expect((await list()).entries[0].output).toBe('b\uFFFDc');
  });

  it('is the last one of its kind', async () => {
    await bay.get(`/v1/sandboxes/${id}/history/last`).expect(404);
    await ran('1');
    await bay.shell(id, 'ls').expect(200);
    expect((await bay.get(`/v1/sandboxes/${id}/history/last`).expect(200)).body.code).toBe('ls');
    expect((await bay.get(`/v1/sandboxes/${id}/history/last?exec_type=python`).expect(200)).body.code).toBe('1');
    await bay.get(`/v1/sandboxes/${id}/history/last?exec_type=browser`).expect(404);
  });

  it('keeps a long output in full beside the row', async () => {
    const long = 'x'.repeat(70_000);
    await ran(long);
    const { payload_ref, output, code } = (await list()).entries[0];
    expect([output.length, code.length].map((length) => length < 66_000)).toEqual([true, true]);
    const { body } = await bay.get(`/v1/history/payloads/${payload_ref}`).expect(200);
    expect(body).toEqual({ payload_ref, kind: 'execution_output', payload: { output: long, error: null } });
    await bay.get('/v1/history/payloads/blob:none').expect(404);
  });
});

describe('a list', () => {
  beforeEach(async () => {
    await start();
    await ran('a', { tags: 'ETL,daily' });
    await bay.shell(id, 'b', { tags: '100%' }).expect(200);
    const noted = await ran('c', { description: 'Third' });
    await bay.patch(`/v1/sandboxes/${id}/history/${noted}`, { notes: 'slow' }).expect(200);
    await bay.exec(id, 'drop').expect(409);
  });

  it.each([
    ['', ['drop', 'c', 'b', 'a']],
    ['exec_type=python', ['drop', 'c', 'a']],
    ['exec_type=shell', ['b']],
    ['success_only=true', ['c', 'b', 'a']],
    ['success_only=true&exec_type=python', ['c', 'a']],
    ['tags=etl', ['a']],
    ['tags=DAIL,100', ['b', 'a']],
    ['tags=%25', ['b']],
    ['tags=_', []],
    ['has_notes=true', ['c']],
    ['has_description=true', ['c']],
    ['limit=2', ['drop', 'c']],
    ['limit=2&offset=1', ['c', 'b']],
  ])('with %p holds %j', async (query, expected) => {
    expect(await codes(query)).toEqual(expected);
  });

  it('is walked by its cursor without a gap, and counts what the filter finds', async () => {
    const first = await list('limit=3');
    expect(first.total).toBe(4);
    await ran('new meanwhile');
    const second = await list(`limit=3&cursor=${first.next_cursor}`);
    expect(second.entries.map(({ code }: { code: string }) => code)).toEqual(['a']);
    expect(second.next_cursor).toBeNull();
  });

  it.each(['exec_type=ruby', 'limit=0', 'limit=501', 'offset=-1', 'success_only=perhaps'])(
    'refuses %p',
    async (query) => {
      await bay.get(`/v1/sandboxes/${id}/history?${query}`).expect(422);
    },
  );

  it('stays readable when the sandbox is gone, through /v1/history', async () => {
    const other = await bay.create();
    await bay.exec(other, 'elsewhere').expect(200);
    await bay.delete(`/v1/sandboxes/${id}`).expect(204);
    await bay.get(`/v1/sandboxes/${id}/history`).expect(404);
    const of = async (query: string) =>
      (await bay.get(`/v1/history?${query}`).expect(200)).body.entries.map(({ code }: { code: string }) => code);
    expect(await of('')).toEqual(['elsewhere', 'drop', 'c', 'b', 'a']);
    expect(await of(`sandbox_id=${id}&exec_type=python`)).toEqual(['drop', 'c', 'a']);
    const { body } = await bay.get('/v1/history?limit=4').expect(200);
    expect(await of(`cursor=${body.next_cursor}`)).toEqual(['a']);
  });
});

describe('an annotation', () => {
  beforeEach(() => start());

  it('changes what it names, and empty text clears', async () => {
    const path = `/v1/sandboxes/${id}/history/${await ran('1', { description: 'One', tags: 'x' })}`;
    const { body } = await bay.patch(path, { tags: ' z, y,z', notes: 'good' }).expect(200);
    expect(body).toMatchObject({ description: 'One', tags: 'y,z', notes: 'good' });
    await bay.patch(path, { description: '', tags: '', notes: null }).expect(200);
    expect((await bay.get(path)).body).toMatchObject({ description: null, tags: null, notes: 'good' });
  });

  it('of an unknown execution is 404', async () => {
    await bay.patch(`/v1/sandboxes/${id}/history/exec-000000000000`, { notes: 'x' }).expect(404);
  });
});

describe('retention', () => {
  it('keeps the newest of a sandbox and of an owner', async () => {
    await start({ BAY_HISTORY__PER_SANDBOX: '3', BAY_HISTORY__PER_OWNER: '4' });
    for (const code of ['1', '2', '3', '4', '5']) await ran(code);
    const other = await bay.create();
    for (const code of ['6', '7']) await bay.exec(other, code).expect(200);
    await bay.sweep('keep-history');
    expect(await codes()).toEqual(['5', '4']);
    expect((await bay.get('/v1/history')).body.entries).toHaveLength(4);
  });

  it('removes what is too old', async () => {
    await start({ BAY_HISTORY__KEEP_DAYS: '0.0000000001' });
    await ran('1');
    await new Promise((resolve) => setTimeout(resolve, 2));
    await bay.sweep('keep-history');
    expect(await codes()).toEqual([]);
  });

  it('keeps only the newest long outputs in full, and the rows of the others', async () => {
    await start({ BAY_HISTORY__PAYLOADS_PER_SANDBOX: '1' });
    const [old, young] = ['a', 'b'].map((letter) => letter.repeat(70_000));
    await ran(old!);
    const ref = (await list()).entries[0].payload_ref;
    await ran(young!);
    await bay.sweep('keep-history');
    expect((await list()).entries.map((entry: { payload_ref: string | null }) => entry.payload_ref !== null)).toEqual([
      true,
      false,
    ]);
    await bay.get(`/v1/history/payloads/${ref}`).expect(404);
  });
});
