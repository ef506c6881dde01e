import { jest } from '@jest/globals';
import { HistoryRepository } from '../../src/history/history.repository.js';
import { IdempotencyService, type KeyedRequest } from '../../src/idempotency/idempotency.service.js';
import { type FakeAgent } from '../support/fake-agent.js';
import { FakeBay } from '../support/fake-bay.js';

/** Executions with an Idempotency-Key run once, whatever happens around them. */
let bay: FakeBay;
let id: string;
beforeEach(async () => {
  bay = await FakeBay.start();
  id = await bay.create();
});
afterEach(() => bay.end());

const keyed = (code: string, key = 'key-1') => bay.exec(id, code).set('Idempotency-Key', key);
const runs = (): number => bay.driver.agents.reduce((sum, agent) => sum + agent.runs.length, 0);
const agent = (): FakeAgent => bay.driver.agents[0]!;
const entries = async (): Promise<{ success: boolean; session_id: string }[]> =>
  (await bay.get(`/v1/sandboxes/${id}/history`)).body.entries;

/** As a Bay leaves it that dies while the execution is under way. */
const leftBehind = async (pending: { executionId: string; sessionId: string | null }): Promise<void> => {
  const request: KeyedRequest = {
    owner: 'default',
    key: 'key-1',
    method: 'POST',
    path: `/v1/sandboxes/${id}/python/exec`,
    body: { code: 'x', timeout: 5, include_code: false },
  };
  await bay.app.app.get(IdempotencyService, { strict: false }).begin(request, pending);
};
const sessionId = (): string => [...bay.driver.groups.keys()][0]!;

it('runs once for twenty racing duplicates, and all get its answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => keyed('once')));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(runs()).toBe(1);
  expect(await entries()).toHaveLength(1);
});

it('answers a late duplicate from memory, also when the sandbox has stopped', async () => {
  const { body } = await keyed('once').expect(200);
  await bay.post(`/v1/sandboxes/${id}/stop`).expect(200);
  expect((await keyed('once').expect(200)).body).toEqual(body);
});

it('runs again under another key, and refuses other code under the same one', async () => {
  await keyed('1').expect(200);
  await keyed('1', 'key-2').expect(200);
  await keyed('2').expect(409);
  expect(runs()).toBe(2);
});

it('works for the shell', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => bay.shell(id).set('Idempotency-Key', 'sh')));
  expect(two!.body).toEqual(one!.body);
  expect(runs()).toBe(1);
});

it('answers a duplicate of a lost execution with the same error, without a second run', async () => {
  await keyed('drop').expect(409);
  const { body } = await keyed('drop').expect(409);
  expect(body.error.code).toBe('execution_lost');
  expect(runs()).toBe(1);
});

it('follows its execution by id when its answer could not be kept', async () => {
  const full = jest.spyOn(bay.app.app.get(HistoryRepository, { strict: false }), 'insert');
  full.mockRejectedValueOnce(new Error('The disk is full.'));
  const { body } = await keyed('once').expect(200);
  expect((await keyed('once').expect(200)).body).toMatchObject({ execution_id: body.execution_id, output: 'once' });
  expect(runs()).toBe(1);
  expect(await entries()).toHaveLength(1);
});

it('frees the key of an execution that never began', async () => {
  bay.driver.failures.set('start', new Error('on purpose'));
  await keyed('once').expect(500);
  bay.driver.failures.clear();
  await keyed('once').expect(200);
  expect(runs()).toBe(1);
});

describe('when Bay dies before the answer', () => {
  it('and nothing was sent, a duplicate runs it', async () => {
    await leftBehind({ executionId: 'exec-0123456789ab', sessionId: null });
    const { body } = await keyed('x').expect(200);
    expect(body.execution_id).toBe('exec-0123456789ab');
    expect(runs()).toBe(1);
  });

  it('and it went on in its sandbox, a duplicate gets its result', async () => {
    const first = await bay.exec(id, 'x').expect(200);
    await leftBehind({ executionId: first.body.execution_id, sessionId: sessionId() });
    const { body } = await keyed('x').expect(200);
    expect(body).toMatchObject({ execution_id: first.body.execution_id, output: 'x' });
    expect(runs()).toBe(1);
    expect(agent().log).toContain(`GET /executions/${first.body.execution_id}/events`);
  });

  it.each([
    ['its session has ended', 'another session'],
    ['its agent does not know it', null],
  ])('and %s, a duplicate hears that it is lost', async (_, session) => {
    await bay.exec(id, 'warm').expect(200);
    await leftBehind({ executionId: 'exec-0123456789ab', sessionId: session ?? sessionId() });
    for (let time = 0; time < 2; time += 1) {
      expect((await keyed('x').expect(409)).body.error.code).toBe('execution_lost');
    }
    expect(runs()).toBe(1);
  });
});
