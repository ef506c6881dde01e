import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { fileForm } from '../support/multipart.js';
import { useBay } from '../support/use-bay.js';

await describeOnEachDriver('files', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;
  let id: string;
  beforeAll(async () => {
    ({ id } = await client().create());
  });
  const files = (method: string, query: Record<string, string>) =>
    client().call(method, `/v1/sandboxes/${id}/filesystem/files`, { query });

  it('writes, reads and replaces text, and makes directories for it', async () => {
    expect(await client().write(id, 'a/b/c.txt', 'first 世界\n')).toEqual({ status: 'ok' });
    expect(await client().read(id, 'a/b/c.txt')).toBe('first 世界\n');
    await client().write(id, './a/./b/../b/c.txt', '');
    expect(await client().read(id, 'a/b/c.txt')).toBe('');
  });

  it('lets the shell change what was written, and the other way round', async () => {
    await client().write(id, 'mine.txt', 'mine');
    await client().shell(id, 'echo -n " too" >> mine.txt; ls -l mine.txt | cut -d" " -f3');
    expect(await client().read(id, 'mine.txt')).toBe('mine too');
  });

  it('lists directories first, then names without regard to case, and hides hidden ones', async () => {
    await client().shell(id, 'mkdir -p list/zdir list/Adir; cd list; echo -n 123 > b.txt; touch A.txt .hidden');
    const entries = await client().listFiles(id, 'list');
    expect(entries.map(({ name }) => name)).toEqual(['Adir', 'zdir', 'A.txt', 'b.txt']);
    expect(entries[3]).toEqual({
      name: 'b.txt',
      path: '/workspace/list/b.txt',
      is_file: true,
      is_dir: false,
      size: 3,
      modified_time: expect.any(Number) as number,
    });
    expect(entries[0]).toMatchObject({ is_file: false, is_dir: true, size: null });
    expect((await client().listFiles(id)).map(({ name }) => name)).toContain('list');
  });

  it('deletes files and whole directories', async () => {
    await client().shell(id, 'mkdir -p gone/deep/er; touch gone/deep/er/x one.txt');
    expect(await client().remove(id, 'one.txt')).toEqual({ status: 'ok' });
    expect(await client().remove(id, 'gone')).toEqual({ status: 'ok' });
    expect((await client().listFiles(id)).map(({ name }) => name)).not.toContain('gone');
  });

  it('does not delete through a link', async () => {
    await client().shell(id, 'mkdir -p target; touch target/stays; ln -s target link');
    await client().remove(id, 'link');
    expect((await client().listFiles(id, 'target')).map(({ name }) => name)).toEqual(['stays']);
  });

  it('knows no file that is not there', async () => {
    const absent = { status: 404, code: 'file_not_found' };
    expectError(await files('GET', { path: 'not-there.txt' }), absent);
    expectError(await files('DELETE', { path: 'not-there.txt' }), absent);
    const path = `/v1/sandboxes/${id}/filesystem`;
    expectError(await client().call('GET', `${path}/directories`, { query: { path: 'not-there' } }), absent);
    expectError(await client().call('GET', `${path}/download`, { query: { path: 'not-there' } }), absent);
  });

  it('says what is no text and what is no file', async () => {
    await client().upload(id, fileForm('binary', Buffer.from([0xff, 0xfe, 0x00])));
    expectError(await files('GET', { path: 'binary' }), { status: 400, code: 'validation_error' });
    await client().shell(id, 'mkdir -p directory');
    expectError(await files('GET', { path: 'directory' }), { status: 400, code: 'validation_error' });
    const path = `/v1/sandboxes/${id}/filesystem`;
    const download = await client().call('GET', `${path}/download`, { query: { path: 'directory' } });
    expectError(download, { status: 400, code: 'validation_error' });
    const listing = await client().call('GET', `${path}/directories`, { query: { path: 'binary' } });
    expectError(listing, { status: 400, code: 'validation_error' });
  });

  it.each([
    ['naïve 世界.txt', `attachment; filename="na?ve ??.txt"; filename*=UTF-8''na%C3%AFve%20%E4%B8%96%E7%95%8C.txt`],
    ['plain.bin', 'attachment; filename=plain.bin'],
    ['with "quotes".txt', 'attachment; filename="with \\"quotes\\".txt"'],
  ])('downloads %p under its name', async (name, disposition) => {
    const bytes = Buffer.from([...Array(256).keys()]);
    await client().upload(id, fileForm(`names/${name}`, bytes));
    const { headers, body } = await client().download(id, `names/${name}`);
    expect(body).toEqual(bytes);
    expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': '256' });
    expect(headers['content-disposition']).toBe(disposition);
  });

  const KINDS: readonly [path: string, reason: string][] = [
    ['', 'empty_path'],
    ['a\0b', 'null_byte'],
    ['/etc/passwd', 'absolute_path'],
    ['../outside', 'path_traversal'],
    ['a/../../outside', 'path_traversal'],
  ];
  it.each(KINDS)('refuses the path %p before anything is started', async (path, reason) => {
    const { id: fresh } = await client().create();
    const base = `/v1/sandboxes/${fresh}/filesystem`;
    const refused = { status: 400, code: 'invalid_path', details: { field: 'path', reason } };
    expectError(await client().call('GET', `${base}/files`, { query: { path } }), refused);
    expectError(await client().call('DELETE', `${base}/files`, { query: { path } }), refused);
    expectError(await client().call('GET', `${base}/download`, { query: { path } }), refused);
    expectError(await client().call('GET', `${base}/directories`, { query: { path } }), refused);
    expectError(await client().call('PUT', `${base}/files`, { json: { path, content: 'x' } }), refused);
    expect((await client().get(fresh)).status).toBe('idle');
  });

  it('does not delete or overwrite the workspace itself', async () => {
    const refused = { status: 400, code: 'invalid_path', details: { field: 'path', reason: 'workspace_root' } };
    expectError(await files('DELETE', { path: 'a/..' }), refused);
    const write = await client().call('PUT', `/v1/sandboxes/${id}/filesystem/files`, {
      json: { path: '.', content: '' },
    });
    expectError(write, refused);
  });

  it('follows no link out of the workspace', async () => {
    await client().shell(
      id,
      'ln -sfn /etc/passwd leak; ln -sfn /etc etc; ln -sfn ../../etc/passwd up; ln -sfn loop loop',
    );
    const refused = { status: 400, code: 'invalid_path' };
    for (const path of ['leak', 'etc/passwd', 'up']) expectError(await files('GET', { path }), refused);
    const base = `/v1/sandboxes/${id}/filesystem`;
    expectError(await client().call('GET', `${base}/download`, { query: { path: 'leak' } }), refused);
    expectError(await client().call('GET', `${base}/directories`, { query: { path: 'etc' } }), refused);
    expectError(await client().call('PUT', `${base}/files`, { json: { path: 'etc/new', content: '' } }), refused);
    expectError(await client().call('POST', `${base}/upload`, fileForm('etc/new', 'x')), refused);
    expect((await files('GET', { path: 'loop' })).status).toBe(400);
  });

  it('follows links inside of the workspace', async () => {
    await client().shell(id, 'mkdir -p real; echo -n inside > real/file; ln -sfn real alias');
    expect(await client().read(id, 'alias/file')).toBe('inside');
  });
});
