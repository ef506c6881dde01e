import { randomUUID } from 'node:crypto';
import { parseEvents, PATIENCE_MS, ShipProcess, Told } from './ship.fixture.js';

const FLOOD_BYTES = 100_000_000;

describe('executions of the Ship agent', () => {
  let ship: ShipProcess;
  beforeAll(async () => {
    ship = await ShipProcess.start();
    await ship.init();
  }, PATIENCE_MS);
  afterAll(() => ship.remove());

  const shell = (command: string, id = randomUUID() as string) => ({ id, kind: 'shell', command, timeout_ms: 20_000 });
  const python = (code: string, id = randomUUID() as string) => ({ id, kind: 'python', code, timeout_ms: 20_000 });

  /** Starts one and leaves when it has said the word. */
  async function startAndLeave(body: unknown, word = 'started'): Promise<void> {
    const response = await ship.open('POST', '/executions', JSON.stringify(body));
    let said = '';
    await new Promise<void>((resolve) => {
      response.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(word)) resolve();
      });
    });
    response.destroy();
  }

  it('number their events from 1 and end in exactly one exit', async () => {
    const told = await ship.run(shell('for n in 1 2 3; do echo $n; sleep 0.02; done'));
    expect(told.events.map((event) => event.seq)).toEqual(told.events.map((_, index) => index + 1));
    expect(told.types.filter((type) => type === 'exit')).toHaveLength(1);
    expect(told.types.at(-1)).toBe('exit');
  });

  it('run on when their reader leaves, and tell the next one everything', async () => {
    const body = shell('echo first; sleep 0.3; echo second');
    await startAndLeave(body);
    const answer = await ship.get(`/executions/${body.id}/events`);
    expect(new Told(parseEvents(answer.text))).toMatchObject({ stdout: 'first\nsecond\n' });
  });

  it('resume behind the event that a reader saw last', async () => {
    const body = shell('echo one; sleep 0.05; echo two');
    const { events } = await ship.run(body);
    for (let after = 0; after <= events.length; after += 1) {
      const answer = await ship.get(`/executions/${body.id}/events?after=${after}`);
      expect(parseEvents(answer.text)).toEqual(events.slice(after));
    }
  });

  it('resume from the spill file, too', async () => {
    const body = shell('seq 1 200000');
    const { events } = await ship.run(body);
    for (const after of [0, 1, Math.floor(events.length / 2), events.length - 1]) {
      const answer = await ship.get(`/executions/${body.id}/events?after=${after}`);
      expect(parseEvents(answer.text)).toEqual(events.slice(after));
    }
  });

  it('refuse a cursor that is none', async () => {
    const body = shell('true');
    await ship.run(body);
    expect((await ship.get(`/executions/${body.id}/events?after=x`)).status).toBe(422);
  });

  it('with the same id and request run once', async () => {
    const body = shell('echo $RANDOM$RANDOM$RANDOM');
    const [first, ...others] = await Promise.all([ship.run(body), ship.run(body), ship.run(body)]);
    others.push(await ship.run(body));
    for (const other of others) expect(other.events).toEqual(first?.events);
  });

  it('with the same id and another request are refused', async () => {
    const body = shell('true');
    await ship.run(body);
    const answer = await ship.post('/executions', { ...body, command: 'false' });
    expect(answer.status).toBe(409);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'execution_conflict' } });
  });

  it('tell their state', async () => {
    const body = shell('sleep 0.2');
    await startAndLeave(body);
    expect(JSON.parse((await ship.get(`/executions/${body.id}`)).text)).toMatchObject({
      kind: 'shell',
      status: 'running',
      exit: null,
    });
    await ship.get(`/executions/${body.id}/events`);
    expect(JSON.parse((await ship.get(`/executions/${body.id}`)).text)).toMatchObject({
      status: 'ended',
      exit: { outcome: 'ok' },
    });
  });

  it('that nobody knows are not found', async () => {
    for (const answer of [
      await ship.get('/executions/none'),
      await ship.get('/executions/none/events'),
      await ship.delete('/executions/none'),
    ]) {
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'execution_not_found' } });
    }
  });

  describe('interrupted by their caller', () => {
    it.each([
      ['a command', shell('echo ready; sleep 60'), { outcome: 'interrupted', exit_code: 130 }],
      [
        'a command that does not listen',
        shell('trap "" INT; echo ready; sleep 60 & wait; sleep 60'),
        { outcome: 'interrupted', exit_code: 137 },
      ],
      ['a cell', python('import time; print("ready"); time.sleep(60)'), { outcome: 'interrupted', state_lost: false }],
    ])('end: %s', async (_, body, exit) => {
      await startAndLeave(body, 'ready');
      expect((await ship.delete(`/executions/${body.id}`)).status).toBe(202);
      const told = new Told(parseEvents((await ship.get(`/executions/${body.id}/events`)).text));
      expect(told.exit).toMatchObject(exit);
    });

    it('while they wait, never start', async () => {
      const running = python('import time; time.sleep(60)');
      await startAndLeave(running);
      const waiting = python('print("started")');
      const told = ship.run(waiting);
      await ship.until(async () => (await ship.get(`/executions/${waiting.id}`)).status === 200, 'it is queued');
      await ship.delete(`/executions/${waiting.id}`);
      expect((await told).types).toEqual(['exit']);
      await ship.delete(`/executions/${running.id}`);
    });
  });

  it('of Python wait in a queue of 32, first in, first out', async () => {
    const running = python('import time; order = []; time.sleep(60)');
    await startAndLeave(running);
    const cells = Array.from({ length: 32 }, (_, n) => python(`order.append(${n})`));
    const waiting: Promise<Told>[] = [];
    for (const cell of cells) {
      waiting.push(ship.run(cell));
      await ship.until(async () => (await ship.get(`/executions/${cell.id}`)).status === 200, 'it is queued');
    }
    const refused = await ship.post('/executions', python('1'));
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'queue_full' } });
    await ship.delete(`/executions/${running.id}`);
    await Promise.all(waiting);
    expect((await ship.python('order == list(range(32))')).result).toBe('True');
  });

  describe('that flood', () => {
    it.each([
      ['a command', shell(`head -c ${FLOOD_BYTES} /dev/zero | tr "\\0" x; echo; echo the end`)],
      ['a cell', python(`import sys\nfor _ in range(${FLOOD_BYTES / 1000}): print("x" * 999)\nprint("the end")`)],
    ])(
      'keep the beginning and the end, mark the gap, and leave the memory flat: %s',
      async (_, body) => {
        await ship.run(shell('head -c 20000000 /dev/zero'));
        const before = ship.anonymousMiB();
        const response = await ship.open('POST', '/executions', JSON.stringify(body));
        const events = await readAll(response);
        const told = new Told(parseEvents(events));
        const length = told.stdout.length;
        expect(length + (told.gaps[0] ?? 0)).toBe(FLOOD_BYTES + (body.kind === 'shell' ? 9 : 8));
        expect(length).toBeGreaterThan(15_000_000);
        expect(told.stdout.endsWith('the end\n')).toBe(true);
        expect(told.exit.outcome).toBe('ok');
        expect(ship.anonymousMiB() - before).toBeLessThan(40);
      },
      PATIENCE_MS,
    );

    it(
      'do not wait for a reader that does not read',
      async () => {
        const body = shell('head -c 50000000 /dev/zero | tr "\\0" x; echo done > finished');
        const response = await ship.open('POST', '/executions', JSON.stringify(body));
        response.pause();
        await ship.until(
          async () => (await ship.shell('cat finished 2>/dev/null')).stdout === 'done\n',
          'the command has ended',
        );
        const told = new Told(parseEvents(await readAll(response)));
        expect(told.exit.outcome).toBe('ok');
      },
      PATIENCE_MS,
    );
  });

  it(
    'by the thousand leave descriptors and memory flat',
    async () => {
      const some = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n += 1) {
          await ship.python(`${n}`);
          if (n % 10 === 0) await ship.shell('echo');
        }
      };
      await some(500);
      const before = { files: ship.openFiles(), memory: ship.anonymousMiB() };
      await some(1_500);
      expect(ship.openFiles()).toBeLessThanOrEqual(before.files + 8);
      expect(ship.anonymousMiB() - before.memory).toBeLessThan(15);
    },
    PATIENCE_MS,
  );

  it.each([
    ['no JSON', '{', 422, 'invalid_request'],
    ['a wrong kind', JSON.stringify({ ...shell('true'), kind: 'perl' }), 422, 'invalid_request'],
    ['a wrong type', JSON.stringify({ ...shell('true'), command: 1 }), 422, 'invalid_request'],
    ['a wrong id', JSON.stringify(shell('true', 'a/b')), 422, 'invalid_request'],
    ['a time limit of nothing', JSON.stringify({ ...shell('true'), timeout_ms: 0 }), 422, 'invalid_request'],
    [
      'a time limit beyond the longest',
      JSON.stringify({ ...shell('true'), timeout_ms: 600_001 }),
      422,
      'invalid_request',
    ],
    ['a body beyond the limit', JSON.stringify(shell('x'.repeat(9 * 1024 * 1024))), 413, 'too_large'],
  ])('refuse %s', async (_, body, status, code) => {
    const answer = await ship.call('POST', '/executions', body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code } });
  });
});

async function readAll(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
