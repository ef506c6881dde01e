import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { FormData } from 'undici';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { fileForm, form } from '../support/multipart.js';
import { useBay } from '../support/use-bay.js';

const MIB = 2 ** 20;
const BIG_MIB = 192;
/** Far below the size of the file, far above what serving it takes, bytes. */
const MOST_GROWTH = 64 * MIB;

/** Always the same `count` MiB, made as they are sent. */
function* megabytes(count: number): Iterable<Buffer> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(MIB, `block ${index} `);
}

const peakMemory = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

await describeOnEachDriver('uploads', (driver) => {
  const bay = useBay({ driver, config: { limits: { upload: '256m' } } });
  const client = () => bay().client;
  let id: string;
  beforeAll(async () => {
    ({ id } = await client().create());
  });

  /** Everything in the workspace, hidden and temporary files too. */
  const everything = async (): Promise<string[]> => {
    const { output } = await client().shell(id, 'find . -mindepth 1 -type f | sort');
    return output.split('\n').filter((line) => line !== '');
  };
  const upload = (parts: ReturnType<typeof form>) =>
    client().call('POST', `/v1/sandboxes/${id}/filesystem/upload`, parts);

  beforeEach(async () => {
    await client().shell(id, 'find . -mindepth 1 -delete');
  });

  it('takes the file before its path, as curl may send it', async () => {
    const sent = form(
      { file: 'file', filename: 'x.bin', content: 'content' },
      { field: 'path', value: './a/../b/x.bin' },
    );
    expect(await client().upload(id, sent)).toEqual({ status: 'ok', path: 'b/x.bin', size: 7 });
    expect(await everything()).toEqual(['./b/x.bin']);
  });

  it('takes the path before the file, as requests sends it', async () => {
    const sent = form({ field: 'path', value: 'x.bin' }, { file: 'file', filename: 'x.bin', content: 'content' });
    expect(await client().upload(id, sent)).toEqual({ status: 'ok', path: 'x.bin', size: 7 });
    expect(await client().read(id, 'x.bin')).toBe('content');
  });

  it('takes the form of a browser or of fetch', async () => {
    const body = new FormData();
    body.append('file', new Blob(['content']), 'naïve 世界.txt');
    body.append('path', 'naïve 世界.txt');
    expect(await client().upload(id, { body })).toEqual({ status: 'ok', path: 'naïve 世界.txt', size: 7 });
    expect(await client().read(id, 'naïve 世界.txt')).toBe('content');
  });

  it('takes an empty file, and replaces an old one', async () => {
    await client().upload(id, fileForm('x', 'something'));
    expect(await client().upload(id, fileForm('x', ''))).toMatchObject({ size: 0 });
    expect(await client().read(id, 'x')).toBe('');
  });

  it(`carries ${BIG_MIB} MiB both ways without holding them`, async () => {
    // What serving any file takes is no part of the growth.
    await client().upload(id, fileForm('warm', megabytes(32)));
    await client().download(id, 'warm');
    const before = peakMemory(bay().pid);
    const sent = await client().upload(id, fileForm('big.bin', megabytes(BIG_MIB)));
    expect(sent.size).toBe(BIG_MIB * MIB);
    const hash = createHash('sha256');
    for (const part of megabytes(BIG_MIB)) hash.update(part);
    const expected = hash.digest('hex');
    expect((await client().shell(id, 'sha256sum < big.bin')).output).toContain(expected);
    const { body } = await client().download(id, 'big.bin');
    expect(createHash('sha256').update(body).digest('hex')).toBe(expected);
    expect(peakMemory(bay().pid) - before).toBeLessThan(MOST_GROWTH);
  });

  it('leaves the old file as it was when the connection is cut half-way, and nothing else', async () => {
    await client().upload(id, fileForm('old.txt', 'old'));
    const head = '--b\r\nContent-Disposition: form-data; name="path"\r\n\r\nold.txt\r\n';
    const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
    const half = request(`${bay().url}/v1/sandboxes/${id}/filesystem/upload`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bay().key}`,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': 50 * MIB,
      },
    });
    half.on('error', () => undefined);
    await new Promise<void>((resolve) => half.write(head + file + 'x'.repeat(8 * MIB), () => resolve()));
    // The agent has a part of it before the line is cut.
    await eventually(everything, (found) => found.length > 1);
    half.destroy();
    expect(await eventually(everything, (found) => found.length === 1)).toEqual(['./old.txt']);
    expect(await client().read(id, 'old.txt')).toBe('old');
  });

  it('refuses more than the limit, keeps the old file and nothing of the new one', async () => {
    await client().upload(id, fileForm('old.txt', 'old'));
    expectError(await upload(fileForm('old.txt', megabytes(260))), {
      status: 413,
      code: 'payload_too_large',
      details: { limit_bytes: 256 * MIB },
    });
    expect(await eventually(everything, (found) => found.length === 1)).toEqual(['./old.txt']);
    expect(await client().read(id, 'old.txt')).toBe('old');
  });

  it.each([
    ['', 'empty_path'],
    ['a\0b', 'null_byte'],
    ['/etc/passwd', 'absolute_path'],
    ['../x', 'path_traversal'],
    ['.', 'workspace_root'],
  ])('refuses the path %p and keeps nothing', async (path, reason) => {
    const refused = { status: 400, code: 'invalid_path', details: { field: 'path', reason } };
    const file = { file: 'file', filename: 'x', content: 'content' };
    expectError(await upload(form(file, { field: 'path', value: path })), refused);
    expectError(await upload(form({ field: 'path', value: path }, file)), refused);
    expect(await eventually(everything, (found) => found.length === 0)).toEqual([]);
  });

  it('says what a form lacks, and keeps nothing', async () => {
    const violation = { status: 422, code: 'validation_error' };
    expectError(await upload(form({ file: 'file', filename: 'x', content: 'content' })), violation);
    expectError(await upload(form({ field: 'path', value: 'x' })), violation);
    expect(await eventually(everything, (found) => found.length === 0)).toEqual([]);
  });

  it('wants a form', async () => {
    const wanted = { status: 415, code: 'unsupported_media_type' };
    expectError(await upload({ headers: { 'content-type': 'application/json' }, body: '{}' }), wanted);
    expectError(await upload({ headers: { 'content-type': 'multipart/form-data' }, body: 'x' }), wanted);
    const broken = { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: '--b\r\nnothing' };
    expectError(await upload(broken), { status: 400, code: 'validation_error' });
    expect(await everything()).toEqual([]);
  });
});
