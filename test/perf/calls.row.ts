import { askPython, askShell } from './executions.js';
import { against, inTurns, millisecondsOf, type Turns } from './figures.js';
import { type Row } from './rows.js';

const CALLS: Turns = { warmUp: 50, samples: 400 };
const SHELLS: Turns = { warmUp: 20, samples: 150 };
const KIB = 'x'.repeat(1024);
const CALL_MS = 30_000;

/** What Bay adds to calls on a running sandbox: the same call through Bay and to the agent's own socket. */
export const calls: Row = {
  name: 'calls',
  drivers: ['docker-host', 'local'],
  async measure(bay, report) {
    const { id } = await bay.client.create();
    await bay.client.python(id, '1+1');
    const agent = bay.agentOf(id);
    const signal = (): AbortSignal => AbortSignal.timeout(CALL_MS);
    const rows: [string, Turns, number | null, () => Promise<unknown>, () => Promise<unknown>][] = [
      ['`python/exec` of `1+1`', CALLS, 2, () => bay.client.python(id, '1+1'), () => askPython(agent)],
      ['`shell/exec` of `true`', SHELLS, null, () => bay.client.shell(id, 'true'), () => askShell(agent)],
      [
        'write 1 KiB',
        CALLS,
        null,
        () => bay.client.write(id, 'a', KIB),
        () => agent.writeFile('b', KIB, { signal: signal() }),
      ],
      ['read 1 KiB', CALLS, null, () => bay.client.read(id, 'a'), () => readAll(agent.readFile('b', signal()))],
    ];
    for (const [what, turns, limit, through, direct] of rows) {
      const measured = await inTurns(
        turns,
        () => millisecondsOf(through),
        () => millisecondsOf(direct),
      );
      const subject = { row: 'calls', what, driver: bay.driver, unit: 'ms' } as const;
      report(against(subject, measured, { by: 'difference', limit, floor: 'the agent directly' }));
    }
    await bay.remove(id);
  },
};

async function readAll(download: Promise<{ body: AsyncIterable<Buffer> }>): Promise<number> {
  let bytes = 0;
  for await (const chunk of (await download).body) bytes += chunk.length;
  return bytes;
}
