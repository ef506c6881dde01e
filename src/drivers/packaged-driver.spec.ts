import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DriverContext } from './driver-factory.js';
import { loadPackagedDriver } from './packaged-driver.js';

describe('loadPackagedDriver', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bay-driver-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const install = (name: string, source: string): void => {
    const path = join(dir, 'node_modules', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '1.0.0', exports: './index.mjs' }));
    writeFileSync(join(path, 'index.mjs'), source);
  };
  const context: DriverContext = {
    config: { name: 'bay-driver-sample', dockerHost: '', podmanHost: '', localPython: '', shipBundleDir: '' },
    dataDir: '/data',
    installationId: 'i1',
  };

  it.each(['bay-driver-sample', '@acme/sample'] as const)('makes the driver of the package %s', async (name) => {
    install(name, `export const createDriver = ({ installationId }) => ({ name: '${name}', installationId });`);
    const create = await loadPackagedDriver(name, dir);
    expect(create(context)).toEqual({ name, installationId: 'i1' });
  });

  it('says how to install what is not there', async () => {
    await expect(loadPackagedDriver('bay-driver-sample', dir)).rejects.toMatchObject({
      code: 'driver_unavailable',
      message: expect.stringContaining('npm install bay-driver-sample'),
    });
  });

  it('refuses a package that is no driver', async () => {
    install('bay-driver-other', 'export const something = 1;');
    await expect(loadPackagedDriver('bay-driver-other', dir)).rejects.toMatchObject({
      code: 'driver_unavailable',
      message: expect.stringContaining('exports no function createDriver'),
    });
  });
});
