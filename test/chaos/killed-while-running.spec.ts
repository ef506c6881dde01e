import { Readable } from 'node:stream';
import { type PythonBody } from '../support/api-client.js';
import { BayServer } from '../support/bay-server.js';
import { describeOnEachDriver } from '../support/engines.js';
import { countRuns, hasRun, NOTE_RUN } from './runs.js';
import { TEST_MS } from './proxied-bay.js';

await describeOnEachDriver('Bay killed while a sandbox runs', (driver) => {
  let bay: BayServer;
  beforeEach(async () => {
    bay = await BayServer.start({ driver });
  }, TEST_MS);
  afterEach(() => bay.end(), TEST_MS);

  const restart = async (): Promise<void> => {
    await bay.kill();
    await bay.restart();
  };

  it(
    'between two calls: the sandbox runs on, with its variables and files',
    async () => {
      const { id } = await bay.client.create();
      await bay.client.python(id, 'answer = 42');
      await bay.client.write(id, 'kept.txt', 'acknowledged');
      await restart();
      expect((await bay.client.get(id)).status).toBe('ready');
      expect((await bay.client.python(id, 'answer')).output).toBe('42');
      expect(await bay.client.read(id, 'kept.txt')).toBe('acknowledged');
    },
    TEST_MS,
  );

  it(
    'before the answer to a call: it goes on in the sandbox, and runs once',
    async () => {
      const { id } = await bay.client.create();
      const code = [
        'from pathlib import Path; import time',
        NOTE_RUN,
        "while not Path('go').exists(): time.sleep(0.02)",
        "done = 'to its end'",
      ].join('\n');
      const cutOff = Promise.allSettled([bay.client.python(id, code)]);
      await hasRun(bay, id);
      await restart();
      expect(await cutOff).toEqual([expect.objectContaining({ status: 'rejected' })]);
      await bay.client.write(id, 'go', '');
      // Cells run one after another: this one waits for the other's end.
      expect((await bay.client.python(id, 'done')).output).toBe("'to its end'");
      expect(await countRuns(bay, id)).toBe(1);
    },
    TEST_MS,
  );

  it(
    'before the answer to a call with a key: repeating it gives the result of its only run',
    async () => {
      const { id } = await bay.client.create();
      const json = { code: `${NOTE_RUN}\nimport time; time.sleep(2)\nprint('done')`, timeout: 30 };
      const call = () =>
        bay.client.call<PythonBody>('POST', `/v1/sandboxes/${id}/python/exec`, {
          json,
          headers: { 'idempotency-key': 'only-once' },
        });
      const cutOff = Promise.allSettled([call()]);
      await hasRun(bay, id);
      await restart();
      expect(await cutOff).toEqual([expect.objectContaining({ status: 'rejected' })]);
      const answers = await Promise.all([call(), call()]);
      expect(answers.map(({ status, body }) => [status, body.output])).toEqual([
        [200, 'done'],
        [200, 'done'],
      ]);
      expect(await countRuns(bay, id)).toBe(1);
    },
    TEST_MS,
  );

  it(
    'in the middle of an upload: the old file is as it was',
    async () => {
      const { id } = await bay.client.create();
      await bay.client.write(id, 'data.bin', 'old');
      const sent = Promise.withResolvers<void>();
      async function* halfOfIt(): AsyncGenerator<string | Buffer> {
        yield form('path', '');
        yield 'data.bin\r\n';
        yield form('file', '; filename="data.bin"');
        for (let chunk = 0; chunk < 8; chunk += 1) yield Buffer.alloc(2 ** 20);
        sent.resolve();
        await new Promise(() => undefined);
      }
      const headers = { 'content-type': 'multipart/form-data; boundary=cut' };
      const cutOff = Promise.allSettled([bay.client.upload(id, { body: Readable.from(halfOfIt()), headers })]);
      await sent.promise;
      await restart();
      expect(await cutOff).toEqual([expect.objectContaining({ status: 'rejected' })]);
      expect(await bay.client.read(id, 'data.bin')).toBe('old');
      expect((await bay.client.listFiles(id)).map(({ name }) => name)).toEqual(['data.bin']);
    },
    TEST_MS,
  );

  it(
    'again and again: every write that was acknowledged is there',
    async () => {
      const { id } = await bay.client.create();
      for (const name of ['a', 'b', 'c']) {
        await bay.client.write(id, name, name);
        await restart();
      }
      await bay.client.stop(id);
      await restart();
      expect(await Promise.all(['a', 'b', 'c'].map((name) => bay.client.read(id, name)))).toEqual(['a', 'b', 'c']);
    },
    TEST_MS,
  );
});

const form = (name: string, more: string): string =>
  `--cut\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
