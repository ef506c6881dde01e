import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { UploadCreated } from '@bay/protocol';
import * as v from 'valibot';
import { codeOf, FileServer, type Answer } from './files.fixture.js';
import { removeStaleUploads, Uploads } from './uploads.js';

let server: FileServer;
beforeEach(async () => {
  server = await FileServer.start();
  await mkdir(server.workspace);
  await mkdir(server.outside);
});
afterEach(() => server.stop());

const inside = (path: string): string => join(server.workspace, path);
const upload = async (body: string): Promise<string> => {
  const answer = await server.call('POST', '/uploads', body);
  return v.parse(UploadCreated, JSON.parse(answer.body.toString())).id;
};
const place = (id: string, path: string): Promise<Answer> =>
  server.call('PUT', `/uploads/${id}?path=${encodeURIComponent(path)}`);

describe('uploads', () => {
  it('wait in the workspace, hidden, until they get their path', async () => {
    const answer = await server.call('POST', '/uploads', 'hello');
    expect(answer.status).toBe(201);
    const { id, size } = v.parse(UploadCreated, JSON.parse(answer.body.toString()));
    expect(size).toBe(5);
    expect(await readdir(inside('.bay/uploads'))).toEqual([id]);
    expect(JSON.parse((await place(id, 'a/b')).body.toString())).toEqual({ path: 'a/b', size: 5 });
    expect(await readFile(inside('a/b'), 'utf8')).toBe('hello');
    expect(await readdir(inside('.bay/uploads'))).toEqual([]);
    expect(codeOf(await place(id, 'again'))).toBe('upload_not_found');
  });

  it('keep the mode of the file they replace', async () => {
    await writeFile(inside('file'), 'old');
    await chmod(inside('file'), 0o600);
    await place(await upload('new'), 'file');
    expect((await stat(inside('file'))).mode & 0o777).toBe(0o600);
  });

  it('may be placed again after a bad path', async () => {
    const id = await upload('x');
    await mkdir(inside('dir'));
    await symlink(server.outside, inside('out'));
    expect(codeOf(await place(id, '../x'))).toBe('path_outside_workspace');
    expect(codeOf(await place(id, 'out/x'))).toBe('path_outside_workspace');
    expect(codeOf(await place(id, 'dir'))).toBe('is_a_directory');
    expect((await place(id, 'file')).status).toBe(200);
    expect(await readdir(server.outside)).toEqual([]);
  });

  it('are placed once when two requests race', async () => {
    const id = await upload('x');
    const answers = await Promise.all([place(id, 'one'), place(id, 'two')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  it('are dropped, also when they are gone or never were', async () => {
    const id = await upload('x');
    for (const name of [id, id, 'never', '..%2F..%2Fetc']) {
      expect((await server.call('DELETE', `/uploads/${name}`)).status).toBe(204);
    }
    expect(await readdir(inside('.bay/uploads'))).toEqual([]);
    expect(codeOf(await place('..%2F..%2Foutside', 'x'))).toBe('upload_not_found');
  });

  it('that user code has removed are not found', async () => {
    const id = await upload('x');
    await rm(inside('.bay'), { recursive: true });
    expect(codeOf(await place(id, 'x'))).toBe('upload_not_found');
  });

  it('never leave by a link named .bay', async () => {
    await symlink(server.outside, inside('.bay'));
    expect(codeOf(await server.call('POST', '/uploads', 'x'))).toBe('path_outside_workspace');
    expect(codeOf(await server.files('PUT', 'file', 'x'))).toBe('path_outside_workspace');
    expect(await readdir(server.outside)).toEqual([]);
  });
});

describe('the number of uploads', () => {
  const body = (): IncomingMessage =>
    Object.assign(Readable.from([Buffer.from('x')]), { complete: true }) as unknown as IncomingMessage;

  it('is bounded, and forgotten ones make room', async () => {
    let now = 0;
    const uploads = new Uploads(server.workspace, () => now);
    for (let count = 0; count < 64; count++) await uploads.receive(body());
    await expect(uploads.receive(body())).rejects.toMatchObject({ code: 'queue_full' });
    now = 3_600_000;
    await uploads.receive(body());
    expect(await readdir(inside('.bay/uploads'))).toHaveLength(1);
  });
});

describe('removeStaleUploads', () => {
  it('removes what an agent before left, and nothing else', async () => {
    await upload('x');
    await mkdir(inside('.bay/other'));
    await removeStaleUploads(server.workspace);
    expect(await readdir(inside('.bay'))).toEqual(['other']);
  });

  it('bears that there is nothing, or something else', async () => {
    await removeStaleUploads(server.workspace);
    await writeFile(inside('.bay'), '');
    await removeStaleUploads(server.workspace);
    await rm(inside('.bay'));
    await mkdir(join(server.outside, 'uploads'));
    await symlink(server.outside, inside('.bay'));
    await removeStaleUploads(server.workspace);
    expect(await readdir(server.outside)).toEqual(['uploads']);
  });
});
