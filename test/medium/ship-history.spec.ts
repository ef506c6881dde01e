import { FakeBay } from '../support/fake-bay.js';

let bay: FakeBay;
beforeAll(async () => (bay = await FakeBay.start()));
afterAll(() => bay.end());

it('a session finds what it ran in its ship, newest first, and writes notes to it (B28)', async () => {
  const header = (call: ReturnType<FakeBay['post']>) => call.set('X-SESSION-ID', 'ann');
  const ship = (await header(bay.post('/ship', { ttl: 600 })).expect(201)).body.id as string;
  const run = async (payload: object): Promise<string> =>
    (await header(bay.post(`/ship/${ship}/exec`, { type: 'ipython/exec', payload })).expect(200)).body.execution_id;
  const first = await run({ code: 'one', tags: 'etl', description: 'the first' });
  const second = await run({ code: 'two' });

  const all = (await bay.get('/sessions/ann/history').expect(200)).body;
  expect(all.total).toBe(2);
  expect(all.entries.map((entry: { id: string }) => entry.id)).toEqual([second, first]);
  expect(all.entries[1]).toMatchObject({
    session_id: 'ann',
    ship_id: ship,
    exec_type: 'python',
    code: 'one',
    command: null,
    success: true,
    tags: 'etl',
    description: 'the first',
  });
  const page = (await bay.get('/sessions/ann/history?limit=1&offset=1').expect(200)).body;
  expect([page.total, page.entries.length, page.entries[0].id]).toEqual([2, 1, first]);
  expect((await bay.get('/sessions/ann/history?tags=etl')).body.total).toBe(1);
  expect((await bay.get('/sessions/ann/history?exec_type=shell')).body).toEqual({ entries: [], total: 0 });
  expect((await bay.get('/sessions/ann/history/last').expect(200)).body.id).toBe(second);

  const noted = await bay.patch(`/sessions/ann/history/${first}`, { notes: 'good' }).expect(200);
  expect(noted.body).toMatchObject({ notes: 'good', tags: 'etl' });
  expect((await bay.get(`/sessions/ann/history/${first}`).expect(200)).body).toEqual(noted.body);
});

it('a session without a ship has none', async () => {
  expect((await bay.get('/sessions/bob/history').expect(200)).body).toEqual({ entries: [], total: 0 });
  await bay.get('/sessions/bob/history/last').expect(404, { detail: 'No execution history found' });
  await bay.get('/sessions/ann/history/none').expect(404, { detail: 'Execution not found' });
  await bay.patch('/sessions/bob/history/none', {}).expect(404, { detail: 'Execution not found' });
});
