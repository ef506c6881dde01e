import { join } from 'node:path';
import { jest } from '@jest/globals';
import { BayServer } from '../support/bay-server.js';
import { localAbsence } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { fileForm } from '../support/multipart.js';
import { smallDisk, type SmallDisk, smallDiskAbsence } from '../support/small-disk.js';
import { describeWith } from '../support/suites.js';
import { TEST_MS } from '../support/use-bay.js';

const MIB = 2 ** 20;
const FULL = { status: 507, code: 'insufficient_storage' };

describeWith(
  'local',
  'a full disk, on local',
  smallDiskAbsence() ?? (await localAbsence()),
)(() => {
  jest.setTimeout(TEST_MS);
  let disk: SmallDisk;
  let bay: BayServer;
  let id: string;
  beforeAll(async () => {
    disk = smallDisk(32);
    bay = await BayServer.start({ driver: 'local', dataDir: join(disk.path, 'data') });
    ({ id } = await bay.client.create());
  });
  afterAll(async () => {
    await bay.end();
    disk.remove();
  });

  const everything = async (): Promise<string[]> => {
    const { output } = await bay.client.shell(id, 'find . -mindepth 1 -type f | sort');
    return output.split('\n').filter((line) => line !== '');
  };

  it('refuses an upload, keeps the old file and nothing of the new one', async () => {
    await bay.client.upload(id, fileForm('old.bin', 'old'));
    const answer = await bay.client.call(
      'POST',
      `/v1/sandboxes/${id}/filesystem/upload`,
      fileForm('old.bin', Buffer.alloc(64 * MIB)),
    );
    expectError(answer, FULL);
    expect(await eventually(everything, (found) => found.length === 1)).toEqual(['./old.bin']);
    expect(await bay.client.read(id, 'old.bin')).toBe('old');
  });

  it('refuses a text, keeps the old one, and works when there is room again', async () => {
    await bay.client.write(id, 'note.txt', 'old');
    await bay.client.shell(id, 'head -c 100M /dev/zero > filler');
    const write = (content: string) =>
      bay.client.call('PUT', `/v1/sandboxes/${id}/filesystem/files`, { json: { path: 'note.txt', content } });
    expectError(await write('x'.repeat(MIB)), FULL);
    expect(await bay.client.read(id, 'note.txt')).toBe('old');
    expect(await everything()).toEqual(['./filler', './note.txt', './old.bin']);
    await bay.client.remove(id, 'filler');
    expect(await write('new')).toMatchObject({ status: 200 });
    expect(await bay.client.read(id, 'note.txt')).toBe('new');
  });
});
