import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { type ShipClient } from '../../src/runtimes/ship/ship-client.js';
import { type MeasuredBay } from './bay.js';
import { against, alone, inTurns, type Measured, millisecondsOf } from './figures.js';
import { anonymousMib, growthDuring, residentMib } from './memory.js';
import { type Row } from './rows.js';

const BYTES = 2 ** 30;
const CHUNK = Buffer.alloc(2 ** 20, 'bay');
const SAMPLES = 3;
const LIMIT_MIB = 64;
const PATIENCE_MS = 300_000;
const FILE = 'large.bin';

/** A file of 1 GiB in and out: speed beside the agent's own, and what Bay and the agent hold of it meanwhile. */
export const transfers: Row = {
  name: 'transfers',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const { id } = await bay.client.create();
    await bay.client.python(id, '1+1');
    const agent = bay.agentOf(id);
    const looks = [() => residentMib(bay.pid), await anonymousMib(bay, id)];
    const pairs = [
      ['upload', () => upload(bay, id), () => uploadTo(agent)],
      ['download', () => download(bay, id), () => downloadFrom(agent)],
    ] as const;
    for (const [name, through, direct] of pairs) {
      const growth: number[][] = [];
      const watched = async (): Promise<number> => {
        let ms = 0;
        growth.push(await growthDuring(looks, async () => (ms = await millisecondsOf(through))));
        return ms;
      };
      const turns = await inTurns({ warmUp: 0, samples: SAMPLES }, watched, () => millisecondsOf(direct));
      const subject = { row: 'transfers', driver: bay.driver, what: `${name} of 1 GiB` };
      const beside = { by: 'ratio', limit: null, floor: 'the agent directly' } as const;
      report(against({ ...subject, unit: 'MB/s' }, speeds(turns), beside));
      for (const [index, who] of ['Bay', 'the agent'].entries()) {
        const values = growth.map((both) => both[index] ?? NaN);
        const what = `${subject.what}, memory of ${who} grows by`;
        report(alone({ ...subject, what, unit: 'MiB' }, values, { limit: LIMIT_MIB, by: 'most' }));
      }
    }
    await bay.remove(id);
  },
};

const speeds = ({ bay, floor }: Measured): Measured => ({ bay: bay.map(megabytes), floor: floor.map(megabytes) });
const megabytes = (ms: number): number => BYTES / 1e6 / (ms / 1000);

function* chunks(): Generator<Buffer> {
  for (let sent = 0; sent < BYTES; sent += CHUNK.length) yield CHUNK;
}

async function upload(bay: MeasuredBay, id: string): Promise<void> {
  const boundary = 'bay-benchmark';
  const part = (name: string, more: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  function* form(): Generator<string | Buffer> {
    yield `${part('path', '')}${FILE}\r\n${part('file', '; filename="large.bin"\r\nContent-Type: application/octet-stream')}`;
    yield* chunks();
    yield `\r\n--${boundary}--\r\n`;
  }
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const { size } = await bay.client.upload(id, { body: Readable.from(form()), headers });
  assertSize(size);
}

async function uploadTo(agent: ShipClient): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { id, size } = await agent.upload(Readable.from(chunks()), signal);
  assertSize(size);
  await agent.commitUpload(id, FILE, signal);
}

async function download(bay: MeasuredBay, id: string): Promise<void> {
  const url = new URL(`/v1/sandboxes/${id}/filesystem/download?path=${FILE}`, bay.client.url);
  const { body } = await request(url, { headers: { authorization: `Bearer ${bay.client.key}` } });
  await drain(body);
}

const downloadFrom = async (agent: ShipClient): Promise<void> =>
  drain((await agent.readFile(FILE, AbortSignal.timeout(PATIENCE_MS))).body);

async function drain(body: Readable): Promise<void> {
  let size = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done();
    },
  });
  await pipeline(body, sink);
  assertSize(size);
}

function assertSize(size: number): void {
  if (size !== BYTES) throw new Error(`${size} bytes arrived of ${BYTES}.`);
}
