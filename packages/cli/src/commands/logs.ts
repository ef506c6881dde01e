import { existsSync } from 'node:fs';
import { Failure } from '../failure.js';
import { print } from '../output.js';
import { formatLogLine } from '../server/log-line.js';
import { followLog, logEnd, tailLog } from '../server/log.js';
import { readSettings } from '../settings.js';

/** Prints the last lines of the server's log; with `follow`, new ones as they come, until Ctrl-C. */
export const logs = async (flags: { follow?: boolean; lines: number }): Promise<void> => {
  const { data } = await readSettings();
  if (!existsSync(data.log)) throw new Failure(`There is no log yet: ${data.log}`, ['Start Bay with ./bay up']);
  const end = logEnd(data.log);
  for (const line of tailLog(data.log, flags.lines)) print(formatLogLine(line));
  if (!flags.follow) return;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
  await followLog(data.log, end, stop.signal, (line) => print(formatLogLine(line)));
};
