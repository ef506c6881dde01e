import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { API_KEY } from '../support/bay-server.js';
import { describeOnDriver, DOCKER_HOST, REPOSITORY } from '../support/engines.js';
import { openDocker } from '../support/left-behind.js';
import { OlderDatabase } from '../support/older-database.js';
import { useBay } from '../support/use-bay.js';

const run = promisify(execFile);

await describeOnDriver('docker-host', './bay import', () => {
  const bay = useBay({ driver: 'docker-host' });
  const docker = openDocker();
  const digits = randomBytes(6).toString('hex');
  const [id, cargo, volume] = [`sandbox-${digits}`, `ws-${digits}`, `bay-cargo-ws-${digits}`];
  const older = new OlderDatabase();

  const importOlder = (...flags: string[]) =>
    run(process.execPath, [join(REPOSITORY, 'packages/cli/dist/main.js'), 'import', '--from', older.file, ...flags], {
      env: {
        PATH: process.env['PATH'],
        BAY_DATA_DIR: bay().dataDir,
        BAY_API_KEY: API_KEY,
        CONTAINER_DRIVER: 'docker-host',
        DOCKER_HOST,
      },
    });
  const volumes = async () =>
    ((await docker.listVolumes()).Volumes ?? []).filter(({ Name }) => Name === volume).map(({ Name }) => Name);

  beforeAll(async () => {
    older.sandboxWithCargo(digits);
    await docker.createVolume({
      Name: volume,
      Labels: { 'bay.owner': 'default', 'bay.cargo_id': cargo, 'bay.managed': 'true' },
    });
    const writer = await docker.createContainer({
      Image: 'ship:base',
      Entrypoint: ['sh', '-c', 'echo from before > /workspace/kept.txt'],
      HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: '/workspace' }], NetworkMode: 'none' },
    });
    await writer.start();
    await writer.wait();
    await writer.remove();
  });
  afterAll(async () => {
    older.end();
    for (const name of await volumes()) await docker.getVolume(name).remove();
  });

  it('is refused while Bay runs, which it does not disturb', async () => {
    await expect(importOlder()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('./bay down') });
    expect((await bay().client.call('GET', '/v1/sandboxes')).status).toBe(200);
  });

  it('makes the old sandbox and its files work under the same ids, and they end like any other', async () => {
    await bay().stop();
    expect((await importOlder('--dry-run')).stdout).toContain('would be added');
    expect((await importOlder()).stdout).toMatch(/cargos +1 +0 +0\n.*sandboxes +1 +0 +0/);
    expect((await importOlder()).stdout).toMatch(/cargos +0 +1 +0\n.*sandboxes +0 +1 +0/);
    await bay().restart();
    const { client } = bay();

    expect(await client.shell(id, 'cat kept.txt && echo and after >> kept.txt')).toMatchObject({
      output: 'from before',
    });
    await client.stop(id);
    expect(await client.read(id, 'kept.txt')).toBe('from before\nand after\n');
    await client.delete(id);
    expect(await volumes()).toEqual([]);
  });
});
