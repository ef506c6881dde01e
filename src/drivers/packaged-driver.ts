import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DriverPackage } from '../config/driver-names.js';
import { INSTALL_DIR } from '../config/install-dir.js';
import { BayError } from '../shared/errors.js';
import { type DriverFactory } from './driver-factory.js';

/**
 * A driver from an npm package that is installed beside Bay. The package exports `createDriver`, a {@link DriverFactory}.
 * @param from a directory with `node_modules`, or below one
 */
export async function loadPackagedDriver(name: DriverPackage, from: string = INSTALL_DIR): Promise<DriverFactory> {
  const exported = (await import(pathToFileURL(find(name, from)).href)) as { readonly createDriver?: unknown };
  if (typeof exported.createDriver !== 'function') {
    throw new BayError('driver_unavailable', `The package ${name} is no driver: it exports no function createDriver.`);
  }
  // Only what it makes can show whether it keeps to the port: the contract suite is for its author to run.
  return exported.createDriver as DriverFactory;
}

function find(name: DriverPackage, from: string): string {
  try {
    return createRequire(join(from, 'package.json')).resolve(name);
  } catch (cause) {
    const sentence = `The driver ${name} is a package that is not installed. Install it beside Bay: npm install ${name}`;
    throw new BayError('driver_unavailable', sentence, { cause });
  }
}
