import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChosenDriver } from '../drivers/choose-driver.js';
import { Failure } from '../failure.js';
import { ROOT, SERVER_ENTRY } from '../paths.js';
import { type Settings } from '../settings.js';
import { formatLogLine } from './log-line.js';
import { logEnd, openLog, tailLog } from './log.js';
import { findRunningServer, isAlive, type RunningServer } from './run-file.js';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 20;
/** The server ends with this when its configuration is wrong (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

export interface StartedServer {
  readonly server: RunningServer;
  readonly readyMs: number;
  /** Where its lines begin in the log. */
  readonly logFrom: number;
}

/** Starts the server in a session of its own, so that it outlives this terminal, and returns when it is ready. */
export const startServer = async (settings: Settings, driver: ChosenDriver): Promise<StartedServer> => {
  const startedAt = performance.now();
  const fd = openLog(settings.data.log);
  const logFrom = logEnd(settings.data.log);
  const child = spawn(process.execPath, [SERVER_ENTRY], {
    cwd: ROOT,
    env: { ...settings.env, BAY_DRIVER__TYPE: driver.name },
    detached: true,
    stdio: ['ignore', fd, fd],
  });
  closeSync(fd);
  let exit: { code: number | null } | undefined;
  child.once('error', () => (exit = { code: null }));
  child.once('exit', (code) => (exit = { code }));
  remember(settings, driver);

  while (performance.now() - startedAt < READY_TIMEOUT_MS) {
    if (exit) throw notStarted(settings, logFrom, exit.code);
    const server = findRunningServer(settings.data);
    if (server && server.pid === child.pid) {
      child.unref();
      return { server, readyMs: performance.now() - startedAt, logFrom };
    }
    await delay(POLL_MS);
  }
  child.kill('SIGTERM');
  throw new Failure(`Bay was not ready after ${READY_TIMEOUT_MS / 1000} s.`, lastLogLines(settings, logFrom));
};

/** Lets a later `down` find sandboxes that outlived the server: it has to ask the same driver. */
const remember = (settings: Settings, driver: ChosenDriver): void => {
  mkdirSync(dirname(settings.data.servedFile), { recursive: true, mode: 0o700 });
  const served = { driver: driver.name, port: settings.port, config: settings.configFile ?? null };
  writeFileSync(settings.data.servedFile, `${JSON.stringify(served)}\n`, { mode: 0o600 });
};

const notStarted = (settings: Settings, logFrom: number, code: number | null): Failure =>
  code === EXIT_CONFIG
    ? new Failure('The configuration is wrong.', lastLogLines(settings, logFrom), EXIT_CONFIG)
    : new Failure(`Bay ended while starting (exit code ${code}).`, lastLogLines(settings, logFrom));

/** What the server said last, for a failure. */
export const lastLogLines = (settings: Settings, from: number): string[] => [
  ...tailLog(settings.data.log, 12, from).flatMap((line) => formatLogLine(line).split('\n')),
  `The whole log: ${settings.data.log}`,
];

/** Ends the server: politely, then by force. Its sandboxes go on. True when it ended by itself. */
export const stopServer = async (pid: number, timeoutMs: number): Promise<boolean> => {
  signal(pid, 'SIGTERM');
  if (await ended(pid, timeoutMs)) return true;
  signal(pid, 'SIGKILL');
  await ended(pid, 5000);
  return false;
};

const ended = async (pid: number, timeoutMs: number): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};
