import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DirectoryListing, FileWritten } from '@bay/protocol';
import * as v from 'valibot';
import { answerOf, codeOf, FileServer, responseOf } from './files.fixture.js';

const run = promisify(execFile);

let server: FileServer;
beforeEach(async () => {
  server = await FileServer.start();
  await mkdir(server.workspace);
  await mkdir(server.outside);
  await writeFile(join(server.outside, 'secret'), 'secret');
});
afterEach(() => server.stop());

const inside = (path: string): string => join(server.workspace, path);
const visible = async (): Promise<string[]> =>
  (await readdir(server.workspace)).filter((name) => name !== '.bay').sort();
const leftovers = (): Promise<string[]> => readdir(inside('.bay/uploads')).catch(() => []);

describe('every path', () => {
  it.each(['GET', 'PUT', 'DELETE'])('of %s /files has to lie in the workspace and be one', async (method) => {
    await symlink(server.outside, inside('out'));
    const expected: [string, string][] = [
      ['', 'path_invalid'],
      ['a\0b', 'path_invalid'],
      ['x'.repeat(300), 'path_invalid'],
      ['..', 'path_outside_workspace'],
      ['../outside/secret', 'path_outside_workspace'],
      ['/etc/passwd', 'path_outside_workspace'],
      ['out/secret', 'path_outside_workspace'],
    ];
    for (const [path, code] of expected) {
      const answer = await server.files(method, path, method === 'PUT' ? 'evil' : undefined);
      expect([path, codeOf(answer)]).toEqual([path, code]);
    }
    expect(codeOf(await server.call(method, '/files'))).toBe('invalid_request');
    expect(await readFile(join(server.outside, 'secret'), 'utf8')).toBe('secret');
    expect(await leftovers()).toEqual([]);
  });
});

describe('GET /files', () => {
  it('answers the bytes with their length', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    await writeFile(inside('b.bin'), bytes);
    const answer = await server.files('GET', 'b.bin');
    expect([answer.status, answer.headers['content-length'], answer.headers['content-type']]).toEqual([
      200,
      '5',
      'application/octet-stream',
    ]);
    expect(answer.body).toEqual(bytes);
  });

  it('takes an empty file, an absolute path, a link inside, and a name with a line break', async () => {
    await writeFile(inside('empty'), '');
    await writeFile(inside('new\nline ü'), 'x');
    await symlink('new\nline ü', inside('link'));
    expect((await server.files('GET', 'empty')).headers['content-length']).toBe('0');
    expect((await server.files('GET', inside('new\nline ü'))).body.toString()).toBe('x');
    expect((await server.files('GET', 'link')).body.toString()).toBe('x');
  });

  it('says what is wrong', async () => {
    await writeFile(inside('file'), '');
    await mkdir(inside('dir'));
    await run('mkfifo', [inside('fifo')]);
    expect(codeOf(await server.files('GET', 'none'))).toBe('file_not_found');
    expect(codeOf(await server.files('GET', 'file/x'))).toBe('not_a_directory');
    expect(codeOf(await server.files('GET', 'dir'))).toBe('is_a_directory');
    expect(codeOf(await server.files('GET', '.'))).toBe('is_a_directory');
    expect(codeOf(await server.files('GET', 'fifo'))).toBe('not_a_file');
  });

  it('cuts the connection when the file becomes shorter than was announced', async () => {
    await writeFile(inside('big'), '');
    await truncate(inside('big'), 64 * 1024 * 1024);
    const request = server.open('GET', '/files?path=big');
    request.end();
    const response = await responseOf(request);
    await truncate(inside('big'), 10);
    const drain = async (): Promise<void> => {
      for await (const chunk of response) void chunk;
    };
    await expect(drain()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('sends what was announced when the file grows', async () => {
    const size = 32 * 1024 * 1024;
    await writeFile(inside('big'), '');
    await truncate(inside('big'), size);
    const request = server.open('GET', '/files?path=big');
    request.end();
    const response = await responseOf(request);
    await truncate(inside('big'), size * 2);
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
    expect(received).toBe(size);
  });
});

describe('PUT /files', () => {
  it('writes a new file with its parents, mode 0644', async () => {
    const answer = await server.files('PUT', 'a/b/ü.txt', 'hello');
    expect(v.parse(FileWritten, JSON.parse(answer.body.toString()))).toEqual({ path: 'a/b/ü.txt', size: 5 });
    expect(await readFile(inside('a/b/ü.txt'), 'utf8')).toBe('hello');
    expect((await stat(inside('a/b/ü.txt'))).mode & 0o7777).toBe(0o644);
  });

  it('replaces a file and keeps its mode; writes through a link', async () => {
    await writeFile(inside('script'), 'old');
    await chmod(inside('script'), 0o750);
    await symlink('script', inside('link'));
    expect((await server.files('PUT', 'link', 'new')).status).toBe(200);
    expect(await readlink(inside('link'))).toBe('script');
    expect(await readFile(inside('script'), 'utf8')).toBe('new');
    expect((await stat(inside('script'))).mode & 0o7777).toBe(0o750);
  });

  it('takes an empty body', async () => {
    expect((await server.files('PUT', 'empty', '')).status).toBe(200);
    expect((await stat(inside('empty'))).size).toBe(0);
  });

  it('says what is wrong and leaves nothing', async () => {
    await mkdir(inside('dir'));
    await writeFile(inside('file'), 'old');
    await run('mkfifo', [inside('fifo')]);
    expect(codeOf(await server.files('PUT', 'dir', 'x'))).toBe('is_a_directory');
    expect(codeOf(await server.files('PUT', '.', 'x'))).toBe('is_a_directory');
    expect(codeOf(await server.files('PUT', 'file/x', 'x'))).toBe('not_a_directory');
    expect(codeOf(await server.files('PUT', 'fifo', 'x'))).toBe('not_a_file');
    expect(await leftovers()).toEqual([]);
    expect(await readFile(inside('file'), 'utf8')).toBe('old');
  });

  it('leaves the old file and no other when the upload is cut off', async () => {
    await writeFile(inside('file'), 'old');
    const request = server.open('PUT', '/files?path=file', { headers: { 'content-length': 1_000_000 } });
    const failed = new Promise((resolve) => request.once('error', resolve));
    request.write(Buffer.alloc(300_000));
    await until(async () => (await leftovers()).length === 1);
    request.destroy();
    await failed;
    await until(async () => (await leftovers()).length === 0);
    expect(await readFile(inside('file'), 'utf8')).toBe('old');
    expect(await visible()).toEqual(['file']);
  });

  it('makes no parents for an upload that is cut off', async () => {
    const request = server.open('PUT', '/files?path=new/dir/file', { headers: { 'content-length': 100 } });
    request.once('error', () => undefined);
    request.write('x');
    await until(async () => (await leftovers()).length === 1);
    request.destroy();
    await until(async () => (await leftovers()).length === 0);
    expect(await visible()).toEqual([]);
  });

  it('answers while the body is still coming, and the connection stays whole', async () => {
    const request = server.open('PUT', '/files?path=../x');
    const answer = answerOf(request);
    for (let block = 0; block < 64; block++) request.write(Buffer.alloc(64 * 1024));
    request.end();
    expect(codeOf(await answer)).toBe('path_outside_workspace');
  });
});

describe('DELETE /files', () => {
  it('removes a file, and a directory with all in it', async () => {
    await mkdir(inside('d/e/f'), { recursive: true });
    await Promise.all(Array.from({ length: 50 }, (_, i) => writeFile(inside(`d/e/${i}`), '')));
    await writeFile(Buffer.from(`${inside('d/')}bad-\xff`, 'latin1'), '');
    await writeFile(inside('file'), '');
    expect((await server.files('DELETE', 'd')).status).toBe(204);
    expect((await server.files('DELETE', 'file')).status).toBe(204);
    expect(await visible()).toEqual([]);
    expect(codeOf(await server.files('DELETE', 'd'))).toBe('file_not_found');
  });

  it('removes links and never what they lead to', async () => {
    await mkdir(inside('d'));
    await symlink(server.outside, inside('d/out'));
    await symlink(server.outside, inside('link'));
    expect((await server.files('DELETE', 'link')).status).toBe(204);
    expect((await server.files('DELETE', 'd')).status).toBe(204);
    expect(await readdir(server.outside)).toEqual(['secret']);
  });

  it.each(['.', 'a/..', '/'])('refuses the workspace itself as %j', async (path) => {
    await writeFile(inside('file'), '');
    expect(codeOf(await server.files('DELETE', path === '/' ? server.workspace : path))).toBe('path_invalid');
    expect(await visible()).toEqual(['file']);
  });
});

describe('GET /directories', () => {
  const list = async (path: string, more = ''): Promise<v.InferOutput<typeof DirectoryListing>> => {
    const answer = await server.call('GET', `/directories?path=${encodeURIComponent(path)}${more}`);
    return v.parse(DirectoryListing, JSON.parse(answer.body.toString()));
  };
  const names = (listing: v.InferOutput<typeof DirectoryListing>): string[] => listing.entries.map(({ name }) => name);

  it('puts directories first, then names without regard to case; hidden ones on demand', async () => {
    for (const name of ['b.txt', 'A.txt', 'c.txt', '.hidden']) await writeFile(inside(name), 'abc');
    for (const name of ['Z', 'y', '.git']) await mkdir(inside(name));
    expect(names(await list('.'))).toEqual(['y', 'Z', 'A.txt', 'b.txt', 'c.txt']);
    expect(names(await list('.', '&hidden=1'))).toEqual(['.git', 'y', 'Z', '.hidden', 'A.txt', 'b.txt', 'c.txt']);
    expect(codeOf(await server.call('GET', '/directories?path=.&hidden=yes'))).toBe('invalid_request');
  });

  it('gives the absolute path, size and time', async () => {
    await mkdir(inside('d/sub'), { recursive: true });
    await writeFile(inside('d/file'), 'abc');
    const { mtimeMs } = await lstat(inside('d/file'));
    const { entries, truncated } = await list('./d/');
    expect(truncated).toBe(false);
    expect(entries[0]).toMatchObject({ name: 'sub', path: inside('d/sub'), is_dir: true, is_file: false, size: null });
    expect(entries[1]).toEqual({
      name: 'file',
      path: inside('d/file'),
      is_dir: false,
      is_file: true,
      size: 3,
      modified_time: mtimeMs / 1000,
    });
  });

  it('shows a link as what it leads to, and a broken, circular or escaping one as neither', async () => {
    await mkdir(inside('dir'));
    await symlink('dir', inside('1-dir'));
    await symlink('none', inside('2-broken'));
    await symlink('3-circle', inside('3-circle'));
    await symlink(join(server.outside, 'secret'), inside('4-out'));
    const { entries } = await list('.');
    expect(entries.map(({ name, is_dir, is_file }) => [name, is_dir, is_file])).toEqual([
      ['1-dir', true, false],
      ['dir', true, false],
      ['2-broken', false, false],
      ['3-circle', false, false],
      ['4-out', false, false],
    ]);
  });

  it('lists FIFOs, line breaks and names that are not UTF-8', async () => {
    await run('mkfifo', [inside('fifo')]);
    await writeFile(inside('new\nline"'), '');
    await writeFile(Buffer.from(`${server.workspace}/bad-\xff`, 'latin1'), 'abc');
    const { entries } = await list('.');
    expect(entries.map(({ name, is_file, size }) => [name, is_file, size])).toEqual([
      ['bad-\ufffd', true, 3],
      ['fifo', false, 0],
      ['new\nline"', true, 0],
    ]);
  });

  it('says what is wrong', async () => {
    await writeFile(inside('file'), '');
    await symlink(server.outside, inside('out'));
    const code = async (path: string): Promise<string> => codeOf(await server.call('GET', `/directories?path=${path}`));
    expect(await code('file')).toBe('not_a_directory');
    expect(await code('none')).toBe('file_not_found');
    expect(await code('out')).toBe('path_outside_workspace');
    expect(await code('..')).toBe('path_outside_workspace');
  });
});

/** Polls a state that the server reaches on its own. */
async function until(reached: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 4_000;
  while (!(await reached())) {
    if (performance.now() > deadline) throw new Error('The state was not reached.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
