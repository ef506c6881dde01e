import { FakeBay } from '../support/fake-bay.js';
import { KeyHolder } from '../support/key-holder.js';

let bay: FakeBay;
let alice: KeyHolder;
let bob: KeyHolder;
let ship: string;
beforeAll(async () => {
  bay = await FakeBay.start();
  // An administrator, so that not even that opens what is somebody else's.
  [alice, bob] = [
    await KeyHolder.make(bay, { owner: 'alice' }),
    await KeyHolder.make(bay, { owner: 'bob', role: 'admin' }),
  ];
  ship = (await create(alice).expect(201)).body.id as string;
});
afterAll(() => bay.end());

const create = (who: KeyHolder) => who.call('POST', '/ship', { ttl: 600 }).set('X-SESSION-ID', 'same');

const NOBODYS = '00000000-0000-4000-8000-000000000000';

it.each([
  ['GET', '/ship/:id', 404, undefined],
  ['DELETE', '/ship/:id', 404, undefined],
  ['DELETE', '/ship/:id/permanent', 404, undefined],
  ['POST', '/ship/:id/extend-ttl', 404, { ttl: 60 }],
  ['POST', '/ship/:id/start', 404, { ttl: 60 }],
  ['GET', '/ship/:id/sessions', 404, undefined],
  ['POST', '/ship/:id/exec', 400, { type: 'shell/exec', payload: { command: 'true' } }],
  ['POST', '/ship/:id/exec/shell/exec', 400, { command: 'true' }],
  ['POST', '/ship/:id/upload', 404, undefined],
  ['GET', '/ship/:id/download?file_path=a', 404, undefined],
  ['GET', '/ship/logs/:id', 200, undefined],
])("%s %s says of another's ship what it says of none", async (method, path, status, body) => {
  const before = (await alice.call('GET', `/ship/${ship}`).expect(200)).body as object;
  const ask = (id: string) => bob.call(method, path.replace(':id', id), body).set('X-SESSION-ID', 'same');
  const [theirs, nobodys] = [await ask(ship).expect(status), await ask(NOBODYS).expect(status)];
  expect(theirs.body).toEqual(nobodys.body);
  expect((await alice.call('GET', `/ship/${ship}`).expect(200)).body).toMatchObject({
    ...before,
    ttl: expect.any(Number),
  });
});

it.each([
  ['GET', '/sessions/same', undefined],
  ['POST', '/sessions/same/extend-ttl', { ttl: 60 }],
  ['DELETE', '/sessions/same', undefined],
])("%s %s does not find another's session", async (method, path, body) => {
  await bob.call(method, path, body).expect(404, { detail: 'Session not found' });
  expect((await alice.call('GET', '/sessions/same').expect(200)).body.ship_id).toBe(ship);
});

it("another's session has no history", async () => {
  expect((await bob.call('GET', '/sessions/same/history').expect(200)).body).toEqual({ entries: [], total: 0 });
  await bob.call('GET', '/sessions/same/history/last').expect(404);
  await bob.call('GET', '/sessions/same/history/exec-000000000000').expect(404);
  await bob.call('PATCH', '/sessions/same/history/exec-000000000000', {}).expect(404);
});

it('lists and counts the own ones', async () => {
  expect((await bob.call('GET', '/ships').expect(200)).body).toEqual([]);
  expect((await bob.call('GET', '/sessions').expect(200)).body).toEqual({ sessions: [], total: 0 });
  expect((await bob.call('GET', '/stat/overview').expect(200)).body.ships.total).toBe(0);
  expect((await alice.call('GET', '/ships').expect(200)).body).toHaveLength(1);
});

it('the same session id of two owners leads to two ships', async () => {
  expect((await create(bob).expect(201)).body.id).not.toBe(ship);
  expect((await create(alice).expect(201)).body.id).toBe(ship);
});
