import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Failure } from '../failure.js';
import { installCommand } from '../install-hint.js';
import { Step } from '../output.js';
import { SHIP_DIR } from '../paths.js';
import { lastLines, runCommand } from '../run-command.js';
import { type ContainerEngine, imageLabels } from './container-engine.js';

/** Tells which sources an image was built from. */
const BUNDLE_LABEL = 'bay.ship.bundle';
const PACKAGES = {
  docker: { apt: 'docker.io', dnf: 'docker-cli', brew: 'docker' },
  podman: { apt: 'podman', dnf: 'podman', brew: 'podman' },
} as const;
const BUILD_TIMEOUT_MS = 45 * 60_000;

/** An image and the stage of the Dockerfile that makes it. `ship:base` is the layer under `ship:latest`. */
export const SHIP_IMAGES = { 'ship:base': 'base', 'ship:latest': 'latest' } as const;
export type ShipImage = keyof typeof SHIP_IMAGES;

/** Everything that goes into the image, as one hash: the agent's bundle, the requirements, the Dockerfile. */
export const shipHash = (): string => {
  const hash = createHash('sha256');
  for (const file of imageSources())
    hash
      .update(`${relative(SHIP_DIR, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
};

const SOURCES = ['Dockerfile', '.dockerignore', 'dist'];

const imageSources = (): string[] => {
  const named = SOURCES.map((name) => join(SHIP_DIR, name)).filter((path) => existsSync(path));
  const requirements = readdirSync(SHIP_DIR).filter((name) => /^requirements.*\.txt$/.test(name));
  return [...named.flatMap(filesBelow), ...requirements.map((name) => join(SHIP_DIR, name))].sort();
};

const filesBelow = (path: string): string[] => {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path];
    throw error;
  }
};

/** Builds the image unless the engine has it from the same sources. Throws a {@link Failure} that says why it cannot be. */
export const ensureShipImage = async (
  engine: ContainerEngine,
  image: ShipImage,
  options: { noCache?: boolean } = {},
): Promise<void> => {
  const hash = shipHash();
  if (!options.noCache) {
    const labels = await imageLabels(engine, image);
    if (labels?.[BUNDLE_LABEL] === hash) return;
  }
  await buildShipImage(engine, image, hash, options.noCache ?? false);
};

const buildShipImage = async (
  { program, address }: ContainerEngine,
  image: ShipImage,
  hash: string,
  noCache: boolean,
): Promise<void> => {
  const step = new Step(`building the image ${image}`);
  const args = ['build', '--target', SHIP_IMAGES[image], '--tag', image, '--build-arg', `BUNDLE=${hash}`];
  const where = program === 'podman' ? ['--url', address] : [];
  const result = await runCommand(program, [...where, ...args, ...(noCache ? ['--no-cache'] : []), SHIP_DIR], {
    env: { ...process.env, ...(program === 'docker' && { DOCKER_HOST: address, BUILDKIT_PROGRESS: 'plain' }) },
    timeoutMs: BUILD_TIMEOUT_MS,
    onLine: (line) => showBuildLine(step, line),
  });
  if (result.code === 0) return step.done();
  step.failed();
  if (result.missing) {
    throw new Failure(`The image ${image} has to be built, and there is no ${program} command to build it with.`, [
      `Install it: ${installCommand(PACKAGES[program])}`,
    ]);
  }
  const why = result.timedOut
    ? [`It took longer than ${BUILD_TIMEOUT_MS / 60_000} minutes.`]
    : lastLines(result.output, 15);
  throw new Failure(`The image ${image} could not be built.`, why);
};

/** The builders: `Step 3/9 : RUN …` of the classic one, `[2/3] STEP 3/9: RUN …` of Podman, `#7 [base 3/9] RUN …` of BuildKit. */
const showBuildLine = (step: Step, line: string): void => {
  const classic = /^(?:\[\d+\/\d+\] )?step (\d+\/\d+) ?: (.*)$/i.exec(line);
  const buildkit = /^#\d+ \[([^\]]+)\] (.*)$/.exec(line);
  const found = classic ?? buildkit;
  if (found) step.detail(`${found[1]}  ${found[2]}`, true);
  else if (line.trim()) step.detail(line.trim());
};
