import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { BLOCK_BYTES, BlockWriter } from './blocks.js';
import { explain } from './file-errors.js';

const onLinux = platform === 'linux' ? it : it.skip;

describe('BlockWriter', () => {
  it.each([0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES + 7])(
    'writes %d bytes',
    async (size) => {
      const directory = await mkdtemp(join(tmpdir(), 'ship-blocks-'));
      const bytes = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
      const handle = await open(join(directory, 'file'), 'w');
      const writer = new BlockWriter(handle);
      for (let start = 0; start < size; start += 100_003) await writer.add(bytes.subarray(start, start + 100_003));
      expect(await writer.end()).toBe(size);
      await handle.close();
      expect((await readFile(join(directory, 'file'))).equals(bytes)).toBe(true);
      await rm(directory, { recursive: true });
    },
  );

  onLinux('hands on a full disk, which is answered as no_space', async () => {
    const handle = await open('/dev/full', constants.O_WRONLY);
    const writer = new BlockWriter(handle);
    await writer.add(Buffer.alloc(BLOCK_BYTES));
    const failure: unknown = await writer.end().then(
      () => 'written',
      (error: unknown) => explain(error, 'file'),
    );
    await writer.settle();
    await handle.close();
    expect(failure).toMatchObject({ code: 'no_space' });
  });
});
