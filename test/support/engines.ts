import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineAnswers } from '../../src/drivers/engine/engine-answers.js';
import { imageState } from '../../src/drivers/engine/image-state.js';
import { createLocalDriver } from '../../src/drivers/local/local.driver.js';
import { BayError } from '../../src/shared/errors.js';
import { describeWith } from './suites.js';
import { tempDir } from './temp-dir.js';

export type TestedDriver = 'docker-host' | 'local';
/** `ship:base` starts the agent, Python and IPython; `ship:latest` has the data packages, too. */
export type TestedImage = 'ship:base' | 'ship:latest';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const DOCKER_HOST = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
/** Interpreter with IPython and the data packages, for local sandboxes. */
export const LOCAL_PYTHON = process.env['BAY_TEST_PYTHON'] ?? join(REPOSITORY, '.bay', 'python', 'bin', 'python');
export const SHIP_BUNDLE_DIR = join(REPOSITORY, 'runtimes', 'ship', 'dist');

const PROBE_MS = 20_000;

/**
 * Defines `body` once for each driver that can run sandboxes on this machine. What cannot is skipped with the reason
 * printed, or fails when `BAY_TEST_REQUIRE` names it. Await it at the top of the file.
 */
export async function describeOnEachDriver(
  title: string,
  body: (driver: TestedDriver) => void,
  { image = 'ship:base' }: { image?: TestedImage } = {},
): Promise<void> {
  await describeOnDriver('docker-host', title, () => body('docker-host'), { image });
  await describeOnDriver('local', title, () => body('local'));
}

/** The same for what makes sense on one driver only. */
export async function describeOnDriver(
  driver: TestedDriver,
  title: string,
  body: () => void,
  { image = 'ship:base' }: { image?: TestedImage } = {},
): Promise<void> {
  const absence = driver === 'local' ? await localAbsence() : await dockerAbsence(image);
  describeWith(driver, `${title}, on ${driver}`, absence)(body);
}

/** Why no sandbox of this image can run on the Docker engine; null when one can. */
export async function dockerAbsence(image: string): Promise<string | null> {
  const { answers, said } = await engineAnswers(DOCKER_HOST, PROBE_MS);
  if (!answers) return said;
  const { present } = await imageState(DOCKER_HOST, image, AbortSignal.timeout(PROBE_MS));
  return present ? null : `the image ${image} is not built; ./bay test builds it`;
}

/** Why no local sandbox can run here; null when one can. The driver itself tries. */
export async function localAbsence(): Promise<string | null> {
  if (!existsSync(LOCAL_PYTHON)) return `there is no ${LOCAL_PYTHON}; ./bay test makes it`;
  const dir = tempDir();
  const driver = createLocalDriver({
    dataDir: dir.path,
    installationId: 'test-availability',
    python: LOCAL_PYTHON,
    shipBundleDir: SHIP_BUNDLE_DIR,
  });
  try {
    await driver.probe(AbortSignal.timeout(PROBE_MS));
    return null;
  } catch (error) {
    if (error instanceof BayError) return error.message;
    throw error;
  } finally {
    await driver.close();
    dir.remove();
  }
}
