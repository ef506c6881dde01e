import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { AgentError } from '../http/errors.js';
import { at, type LocateOptions, type Place } from './locate.js';

const onLinux = platform === 'linux' ? it : it.skip;

describe('at', () => {
  let base: string;
  let workspace: string;
  let outside: string;

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'ship-locate-')));
    workspace = join(base, 'workspace');
    outside = join(base, 'outside');
    await mkdir(join(workspace, 'inner/deep'), { recursive: true });
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await writeFile(join(workspace, 'inner/file'), 'inside');
  });
  afterEach(() => rm(base, { recursive: true }));

  const read = (path: string): Promise<string> =>
    at(workspace, path.split('/'), {}, (place) => readFile(place.directory.entry(place.name), 'utf8'));
  const failure = async (path: string, options: LocateOptions = {}): Promise<string> => {
    try {
      await at(workspace, path.split('/'), options, () => Promise.resolve());
    } catch (error) {
      if (error instanceof AgentError) return error.code;
      throw error;
    }
    return 'accepted';
  };

  it.each([
    ['a relative link', 'inner/file'],
    ['a link that climbs within the workspace', 'inner/deep/../file'],
    ['a link that names the workspace', './inner/./file'],
  ])('follows %s', async (_, target) => {
    await symlink(target, join(workspace, 'link'));
    expect(await read('link')).toBe('inside');
  });

  it('follows absolute links into the workspace, links to links, and links to directories', async () => {
    await symlink(join(workspace, 'inner'), join(workspace, 'absolute'));
    await symlink('../absolute/', join(workspace, 'inner/back'));
    expect(await read('inner/back/file')).toBe('inside');
  });

  it('follows a link as user code sees the workspace and as the system does', async () => {
    await symlink(workspace, join(base, 'alias'));
    await symlink(join(workspace, 'inner/file'), join(workspace, 'real'));
    await symlink(join(base, 'alias/inner/file'), join(workspace, 'aliased'));
    const through = (name: string): Promise<string> =>
      at(join(base, 'alias'), [name], {}, (place) => readFile(place.directory.entry(place.name), 'utf8'));
    expect(await through('real')).toBe('inside');
    expect(await through('aliased')).toBe('inside');
  });

  it.each([
    ['absolutely', () => outside],
    ['relatively', () => '../outside'],
    ['by way of a directory', () => 'inner/../../outside'],
    ['by the workspace’s own name', () => join(workspace, '..', 'outside')],
    ['to a neighbour with the same beginning', () => `${workspace}-other`],
    ['to the root', () => '/'],
    ['through /proc', () => '/proc/self/root'],
  ])('refuses a link that leads out %s', async (_, target) => {
    await symlink(target(), join(workspace, 'link'));
    expect(await failure('link')).toBe('path_outside_workspace');
    expect(await failure('link/secret')).toBe('path_outside_workspace');
    expect(await failure('link/new/file', { makeParents: true })).toBe('path_outside_workspace');
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('ends in a circle of links', async () => {
    await symlink('b', join(workspace, 'a'));
    await symlink('a', join(workspace, 'b'));
    expect(await failure('a')).toBe('path_invalid');
    expect(await failure('a/x')).toBe('path_invalid');
  });

  it('gives the link itself where it is asked for', async () => {
    await symlink(outside, join(workspace, 'link'));
    expect(await failure('link', { followLast: false })).toBe('accepted');
  });

  it('makes missing parents, where a broken link points as well', async () => {
    await symlink('made/here', join(workspace, 'broken'));
    await at(workspace, ['broken', 'file'], { makeParents: true }, () => Promise.resolve()).catch(() => undefined);
    const write = ({ directory, name }: Place): Promise<void> => writeFile(directory.entry(name), 'new');
    await at(workspace, ['x', 'y', 'file'], { makeParents: true }, write);
    expect(await readFile(join(workspace, 'x/y/file'), 'utf8')).toBe('new');
    expect(await readdir(join(workspace, 'made'))).toEqual(['here']);
  });

  it('raises the system’s own error for what is missing and for a file in the middle', async () => {
    await expect(read('none/file')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(read('inner/file/below')).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  onLinux('stays in the directory it has checked when that is swapped for a link', async () => {
    await at(workspace, ['inner', 'secret'], {}, async ({ directory, name }) => {
      await rename(join(workspace, 'inner'), join(workspace, 'moved'));
      await symlink(outside, join(workspace, 'inner'));
      await writeFile(directory.entry(name), 'mine');
    });
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await readFile(join(workspace, 'moved/secret'), 'utf8')).toBe('mine');
  });
});
