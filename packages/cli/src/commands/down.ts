import { rmSync } from 'node:fs';
import { engineOf, probeEngine } from '../drivers/container-engine.js';
import { Failure } from '../failure.js';
import { print, Step } from '../output.js';
import { apiOf } from '../server/api.js';
import { freePort } from '../server/port.js';
import { findRunningServer, readJson, type RunningServer } from '../server/run-file.js';
import { drainPools, runningSandboxes, stopSandboxes } from '../server/sandboxes.js';
import { startServer, stopServer } from '../server/start-server.js';
import { readSettings, type Settings } from '../settings.js';

const STOP_TIMEOUT_MS = 15_000;

/** Ends the running sandboxes of this data directory (their files stay), then the server. */
export const down = async (flags: { keepSandboxes?: boolean }): Promise<void> => {
  const settings = await readSettings();
  const running = findRunningServer(settings.data);
  const server = running ?? (flags.keepSandboxes ? undefined : await wakeForLeftovers(settings));
  if (!server) return print('  Bay is not running.');
  try {
    if (!flags.keepSandboxes) await endSandboxes(settings, server);
  } finally {
    const step = new Step('stopping Bay');
    const polite = await stopServer(server.pid, STOP_TIMEOUT_MS);
    step.done(polite ? undefined : `it did not end within ${STOP_TIMEOUT_MS / 1000} s and was killed`);
  }
};

const endSandboxes = async (settings: Settings, server: RunningServer): Promise<void> => {
  const api = apiOf(server, settings);
  await drainPools(api);
  const sandboxes = await runningSandboxes(api);
  if (sandboxes.length > 0) {
    const step = new Step(`stopping ${sandboxes.length} sandbox${sandboxes.length === 1 ? '' : 'es'}`);
    const refused = await stopSandboxes(api, sandboxes);
    if (refused.length > 0) {
      step.failed();
      throw new Failure(`These could not be stopped: ${refused.join(', ')}.`, [
        'Run ./bay up and ./bay down once more.',
      ]);
    }
    step.done();
  }
  rmSync(settings.data.servedFile, { force: true });
};

/**
 * Sandboxes outlive the server: after Ctrl-C or a crash some may run without it. Only the server knows them, so it is
 * started for a moment on a port that nobody uses. Undefined when the last `down` left nothing.
 */
const wakeForLeftovers = async (settings: Settings): Promise<RunningServer | undefined> => {
  const driver = readJson(settings.data.servedFile)?.['driver'];
  if (typeof driver !== 'string') return undefined;
  const engine = engineOf(driver, settings);
  if (engine) {
    const answer = await probeEngine(engine);
    if (!answer.there)
      throw new Failure(`Sandboxes of this data directory ran on ${engine.product}, but ${answer.why}.`);
  }
  const step = new Step('looking for sandboxes that still run');
  const port = await freePort();
  const quiet = await readSettings({ port, driver, ...configOf(settings) });
  try {
    const { server } = await startServer(quiet, { name: driver, why: 'served this directory last' });
    step.done();
    return server;
  } catch (error) {
    step.failed();
    throw error;
  }
};

const configOf = (settings: Settings): { config?: string } => {
  const config = settings.configFile ?? readJson(settings.data.servedFile)?.['config'];
  return typeof config === 'string' ? { config } : {};
};
