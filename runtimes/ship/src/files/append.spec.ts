import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, codeOf, FileServer } from './files.fixture.js';

let server: FileServer;
beforeEach(async () => {
  server = await FileServer.start();
  await mkdir(server.workspace);
  await mkdir(server.outside);
});
afterEach(() => server.stop());

const inside = (path: string): string => join(server.workspace, path);
const put = (path: string, more: string, body: string): Promise<Answer> =>
  server.call('PUT', `/files?path=${encodeURIComponent(path)}&${more}`, body);

describe('append=1', () => {
  it('makes the file with its parents, then adds to it and answers the whole size', async () => {
    expect(JSON.parse((await put('a/log', 'append=1', 'one\n')).body.toString())).toEqual({ path: 'a/log', size: 4 });
    expect(JSON.parse((await put('a/log', 'append=1', 'two\n')).body.toString())).toEqual({ path: 'a/log', size: 8 });
    expect(await readFile(inside('a/log'), 'utf8')).toBe('one\ntwo\n');
    expect((await stat(inside('a/log'))).mode & 0o777).toBe(0o644);
  });

  it('keeps the mode, and loses nothing of twenty that race', async () => {
    await writeFile(inside('log'), '');
    await chmod(inside('log'), 0o600);
    await Promise.all(Array.from({ length: 20 }, (_, index) => put('log', 'append=1', `line ${index}\n`)));
    const lines = (await readFile(inside('log'), 'utf8')).trimEnd().split('\n');
    expect(lines.sort()).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index}`).sort());
    expect((await stat(inside('log'))).mode & 0o777).toBe(0o600);
  });

  it('says what is wrong', async () => {
    await mkdir(inside('dir'));
    await symlink(server.outside, inside('out'));
    expect(codeOf(await put('dir', 'append=1', 'x'))).toBe('is_a_directory');
    expect(codeOf(await put('../x', 'append=1', 'x'))).toBe('path_outside_workspace');
    expect(codeOf(await put('out/x', 'append=1', 'x'))).toBe('path_outside_workspace');
    expect(codeOf(await put('x', 'append=yes', 'x'))).toBe('invalid_request');
    expect(await readdir(server.outside)).toEqual([]);
  });
});

describe('mode=', () => {
  it('sets the permissions of a new file and of one that is replaced', async () => {
    await put('run.sh', 'mode=493', '#!/bin/sh');
    expect((await stat(inside('run.sh'))).mode & 0o777).toBe(0o755);
    await put('run.sh', 'mode=384', '#!/bin/sh');
    expect((await stat(inside('run.sh'))).mode & 0o777).toBe(0o600);
  });

  it.each(['', '-1', '0755x', '512', '2541'])('%p is refused', async (mode) => {
    expect(codeOf(await put('file', `mode=${mode}`, 'x'))).toBe('invalid_request');
  });
});
