import { setTimeout as delay } from 'node:timers/promises';
import { chooseDriver } from '../drivers/choose-driver.js';
import { Failure } from '../failure.js';
import { bold, dim, green, print, say, seconds, Step } from '../output.js';
import { formatLogLine } from '../server/log-line.js';
import { followLog, logEnd } from '../server/log.js';
import { checkPortFree } from '../server/port.js';
import { findRunningServer, isAlive, type RunningServer } from '../server/run-file.js';
import { lastLogLines, startServer, stopServer } from '../server/start-server.js';
import { readSettings, type Settings, type UpFlags } from '../settings.js';
import { printSummary } from './summary.js';

const STOP_TIMEOUT_MS = 15_000;

/** Starts Bay unless it runs, proves it, and stays with its log unless `detach`. */
export const up = async (flags: UpFlags & { detach?: boolean }): Promise<void> => {
  const settings = await readSettings(flags);
  const running = findRunningServer(settings.data);
  if (running) return reportRunning(settings, running, flags);

  await checkPortFree(settings.port);
  const driver = await chooseDriver(settings);
  const step = new Step(`starting Bay with the driver ${driver.name} (${driver.why})`);
  let started;
  try {
    started = await startServer(settings, driver);
  } catch (error) {
    step.failed();
    throw error;
  }
  step.done(`ready after ${seconds(started.readyMs)}`);
  try {
    await printSummary(settings, started.server);
  } catch (error) {
    // What was started and does not work is not left behind; the log says why.
    await stopServer(started.server.pid, STOP_TIMEOUT_MS);
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.message, [...error.hints, ...lastLogLines(settings, started.logFrom)]);
  }
  if (flags.detach) print(dim(`  It runs in the background. Stop it with ./bay down, read its log with ./bay logs -f`));
  else await stayInForeground(settings, started.server, logEnd(settings.data.log));
};

const reportRunning = async (settings: Settings, server: RunningServer, flags: UpFlags): Promise<void> => {
  if (flags.port !== undefined && flags.port !== server.port) {
    throw new Failure(`Bay already runs on port ${server.port} (process ${server.pid}).`, [
      `To move it: ./bay down && ./bay up --port ${flags.port}`,
    ]);
  }
  say(`  ${green('✓')} Bay already runs ${dim(`(process ${server.pid})`)}`);
  await printSummary(settings, server);
};

/** Follows the log until the server ends or a signal asks to end it. */
const stayInForeground = async (settings: Settings, server: RunningServer, from: number): Promise<void> => {
  print(dim('  Ctrl-C stops Bay; its sandboxes stay as they are. ./bay down ends them, too.\n'));
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
  const following = followLog(settings.data.log, from, stop.signal, (line) => print(formatLogLine(line)));
  while (!stop.signal.aborted && isAlive(server.pid)) {
    await delay(250, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  const endedByItself = !stop.signal.aborted;
  if (!endedByItself) {
    say('');
    await stopServer(server.pid, STOP_TIMEOUT_MS);
    say(
      `  ${bold('Bay is stopped.')} Its sandboxes stay as they are: ./bay up finds them again, ./bay down ends them.`,
    );
  }
  stop.abort();
  await following;
  if (endedByItself) throw new Failure('Bay ended.', [`The whole log: ${settings.data.log}`]);
};
