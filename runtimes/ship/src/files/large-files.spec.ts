import { lstat, mkdir, open, readdir, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from 'node:process';
import { MAX_DIRECTORY_ENTRIES, type DirectoryListing } from '@bay/protocol';
import { answerOf, FileServer, responseOf } from './files.fixture.js';

const MIB = 1024 * 1024;
/** Many times more than the bound, so that holding the file, or half of it, cannot pass. */
const FILE_BYTES = 256 * MIB;
const BOUND_BYTES = 96 * MIB;
const onLinux = platform === 'linux' ? it : it.skip;

let server: FileServer;
beforeEach(async () => {
  server = await FileServer.start();
  await mkdir(server.workspace);
  await mkdir(server.outside);
});
afterEach(() => server.stop());

const inside = (path: string): string => join(server.workspace, path);

/** Most memory that the process held while `work` ran, beyond what it held before. Client and server share it. */
async function growth(work: (sample: () => void) => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  await work(() => {
    most = Math.max(most, process.memoryUsage.rss());
  });
  return most - before;
}

describe('large files', () => {
  it('come up with flat memory', async () => {
    const block = Buffer.alloc(MIB, 'x');
    const grown = await growth(async (sample) => {
      const request = server.open('PUT', '/files?path=big');
      const answer = answerOf(request);
      for (let sent = 0; sent < FILE_BYTES; sent += block.length) {
        await new Promise<void>((resolve, reject) =>
          request.write(block, (error) => (error ? reject(error) : resolve())),
        );
        sample();
      }
      request.end();
      expect((await answer).status).toBe(200);
    });
    expect((await stat(inside('big'))).size).toBe(FILE_BYTES);
    expect(grown).toBeLessThan(BOUND_BYTES);
  }, 60_000);

  it('go down with flat memory, to a slow reader too', async () => {
    await writeFile(inside('big'), '');
    await truncate(inside('big'), FILE_BYTES);
    let received = 0;
    const grown = await growth(async (sample) => {
      const request = server.open('GET', '/files?path=big');
      request.end();
      for await (const chunk of (await responseOf(request)) as AsyncIterable<Buffer>) {
        received += chunk.length;
        if (received % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
        sample();
      }
    });
    expect(received).toBe(FILE_BYTES);
    expect(grown).toBeLessThan(BOUND_BYTES);
  }, 60_000);

  onLinux('close their descriptors, whether the client stays or goes', async () => {
    await writeFile(inside('big'), '');
    await truncate(inside('big'), 64 * MIB);
    const openOnWorkspace = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    await server.files('GET', 'big');
    const before = await openOnWorkspace();
    for (let round = 0; round < 20; round++) {
      const request = server.open('GET', '/files?path=big');
      request.end();
      (await responseOf(request)).destroy();
      await server.files('PUT', 'a/b/c', 'x');
      await server.files('GET', 'none/at/all');
    }
    await server.files('GET', 'big');
    const deadline = performance.now() + 4_000;
    while ((await openOnWorkspace()) > before + 2 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await openOnWorkspace()).toBeLessThanOrEqual(before + 2);
  });
});

describe('large directories', () => {
  it('are cut at the limit and say so; they are removed whole', async () => {
    await mkdir(inside('many'));
    for (let start = 0; start <= MAX_DIRECTORY_ENTRIES; start += 200) {
      const names = Array.from({ length: Math.min(200, MAX_DIRECTORY_ENTRIES + 1 - start) }, (_, i) => `${start + i}`);
      await Promise.all(names.map(async (name) => (await open(inside(`many/${name}`), 'w')).close()));
    }
    const listing = JSON.parse(
      (await server.call('GET', '/directories?path=many')).body.toString(),
    ) as DirectoryListing;
    expect([listing.entries.length, listing.truncated]).toEqual([MAX_DIRECTORY_ENTRIES, true]);
    expect((await server.files('DELETE', 'many')).status).toBe(204);
    await expect(lstat(inside('many'))).rejects.toMatchObject({ code: 'ENOENT' });
  }, 30_000);
});

describe('a directory that is swapped for a link while it is used', () => {
  onLinux(
    'leads no request out of the workspace',
    async () => {
      await writeFile(join(server.outside, 'file'), 'secret');
      await mkdir(inside('real'));
      await writeFile(inside('real/file'), 'mine');
      await symlink(server.outside, inside('link'));
      let done = false;
      const swap = async (): Promise<void> => {
        while (!done) {
          await rename(inside('real'), inside('dir')).catch(() => undefined);
          await rename(inside('dir'), inside('real')).catch(() => undefined);
          await rename(inside('link'), inside('dir')).catch(() => undefined);
          await rename(inside('dir'), inside('link')).catch(() => undefined);
        }
      };
      const swapping = swap();
      const bodies = new Set<string>();
      for (let round = 0; round < 80; round++) {
        const answer = await server.files('GET', 'dir/file');
        if (answer.status === 200) bodies.add(answer.body.toString());
        await server.files('PUT', 'dir/file', 'mine');
        await server.files('DELETE', 'dir/gone');
        if (round % 10 === 0) await server.files('DELETE', 'dir');
      }
      done = true;
      await swapping;
      expect([...bodies].filter((body) => body !== 'mine')).toEqual([]);
      expect(await readdir(server.outside)).toEqual(['file']);
      expect((await stat(join(server.outside, 'file'))).size).toBe('secret'.length);
      await rm(server.workspace, { recursive: true });
      await mkdir(server.workspace);
    },
    30_000,
  );
});
