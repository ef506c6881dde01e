import { mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunDirectories } from './run-directory.js';

const labels = { sandboxId: 'sandbox-1', sessionId: 's1', workspaceId: 'ws-1', profileId: 'p1' };

describe('RunDirectories', () => {
  let root: string;
  let directories: RunDirectories;
  const member = async (secret = 'the-secret'): Promise<string> => {
    await directories.ensureGroup(labels, 'ship:base');
    return directories.ensureMember('s1', 0, secret, false);
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'bay-run-'));
    directories = new RunDirectories(join(root, 'run'), 'i1');
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('gives a member its secret, in a directory that only Bay and the engine come to', async () => {
    const directory = await member();
    await member();
    expect(await readFile(join(directory, 'secret'), 'utf8')).toBe('the-secret');
    expect((await stat(join(directory, '..'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, '..'))).toEqual(['0']);
  });

  it('replaces what the sandbox put in the place of the secret, and follows no link', async () => {
    const victim = join(root, 'victim');
    await writeFile(victim, 'untouched');
    const directory = await member();
    await unlink(join(directory, 'secret'));
    await symlink(victim, join(directory, 'secret'));

    await member('another');
    expect(await readFile(victim, 'utf8')).toBe('untouched');
    expect(await readFile(join(directory, 'secret'), 'utf8')).toBe('another');
  });

  it('lists what it made by the note beside it, for its own installation, until it is removed', async () => {
    await member();
    const stranger = new RunDirectories(join(root, 'run'), 'i2');
    expect(await stranger.list()).toEqual([]);
    expect(await directories.list()).toMatchObject([{ labels, image: 'ship:base', createdAtMs: expect.any(Number) }]);

    expect(await directories.remove('s1')).toBe(true);
    expect(await directories.remove('s1')).toBe(true);
    expect(await directories.list()).toEqual([]);
    expect(await readdir(join(root, 'run'))).toEqual([]);
  });

  it('lists nothing where nothing was ever made, and passes over a note that was cut off', async () => {
    expect(await directories.list()).toEqual([]);
    await member();
    await writeFile(join(root, 'run', 'cut.json'), '{"installa');
    expect(await directories.list()).toHaveLength(1);
  });
});
