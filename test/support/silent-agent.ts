import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BayOptions } from './bay-server.js';
import { type TestedDriver } from './engines.js';
import { openDocker } from './left-behind.js';
import { tempDir } from './temp-dir.js';

const IMAGE = 'bay-test:silent';

export interface SilentAgent {
  /** For a Bay whose sandboxes start and whose agent never answers: they stay `starting`. */
  readonly options: BayOptions;
  remove(): Promise<void>;
}

export function silentAgent(driver: TestedDriver): Promise<SilentAgent> {
  return driver === 'local' ? silentBundle() : silentImage();
}

function silentBundle(): Promise<SilentAgent> {
  const dir = tempDir();
  // The sandbox's user reads it.
  chmodSync(dir.path, 0o755);
  writeFileSync(join(dir.path, 'ship.cjs'), 'setInterval(() => undefined, 60_000);\n');
  return Promise.resolve({
    options: { driver: 'local', env: { BAY_DRIVER__LOCAL__SHIP_BUNDLE_DIR: dir.path } },
    remove: () => Promise.resolve(dir.remove()),
  });
}

async function silentImage(): Promise<SilentAgent> {
  const docker = openDocker();
  const container = await docker.createContainer({ Image: 'ship:base' });
  try {
    await container.commit({ repo: 'bay-test', tag: 'silent', changes: 'ENTRYPOINT ["tini", "--", "sleep", "3600"]' });
  } finally {
    await container.remove();
  }
  return {
    options: { driver: 'docker-host', image: IMAGE },
    remove: async () => void (await docker.getImage(IMAGE).remove({ force: true })),
  };
}
