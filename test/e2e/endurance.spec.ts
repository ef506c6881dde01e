import { type BayServer } from '../support/bay-server.js';
import { describeOnEachDriver } from '../support/engines.js';
import { processUse, type ProcessUse, sandboxUse } from '../support/process-use.js';
import { useBay } from '../support/use-bay.js';

const CALLS = 10_000;
/** By then everything is loaded, compiled and cached that ever will be. */
const WARM = 2_000;
/** For ten thousand calls, ms. */
const LONG_MS = 600_000;
const MIB = 2 ** 20;

/** What garbage collectors may hold more at one time than at another; a leak of 4 KiB a call would be 32 MiB. */
const MEMORY_SLACK = { bay: 32 * MIB, agent: 24 * MIB, python: 8 * MIB } as const;
/** Pooled connections and worker threads come and go. */
const FEW = 6;

type Part = keyof typeof MEMORY_SLACK;
type Uses = Readonly<Record<Part, ProcessUse>>;

async function look(bay: BayServer, id: string): Promise<Uses> {
  return { bay: processUse(bay.pid), ...(await sandboxUse(bay.client, id)) };
}

function expectFlat(before: Uses, after: Uses): void {
  for (const part of Object.keys(MEMORY_SLACK) as Part[]) {
    const [was, is] = [before[part], after[part]];
    expect({ part, ...is }).toEqual({
      part,
      threads: expect.any(Number),
      descriptors: expect.any(Number),
      memory: expect.any(Number),
    });
    expect([part, 'threads', is.threads - was.threads <= FEW]).toEqual([part, 'threads', true]);
    expect([part, 'descriptors', is.descriptors - was.descriptors <= FEW]).toEqual([part, 'descriptors', true]);
    expect([part, 'memory', Math.max(is.memory - was.memory - MEMORY_SLACK[part], 0)]).toEqual([part, 'memory', 0]);
  }
}

await describeOnEachDriver('ten thousand calls on one sandbox', (driver) => {
  const bay = useBay({ driver, env: { BAY_LOG__LEVEL: 'warn' } });
  const client = () => bay().client;

  it(
    'come back each with its own output, one after the other, and leave everything flat',
    async () => {
      const { id } = await client().create();
      let warm: Uses | null = null;
      for (let call = 1; call <= CALLS; call += 1) {
        const { output, data } = await client().python(id, `print("call ${call}")`);
        if (output !== `call ${call}`) throw new Error(`Call ${call} came back with ${JSON.stringify(output)}.`);
        if (data.execution_count !== call) throw new Error(`Call ${call} was counted as ${data.execution_count}.`);
        if (call === WARM) warm = await look(bay(), id);
      }
      expectFlat(warm!, await look(bay(), id));
    },
    LONG_MS,
  );

  it(
    'come back each with its own output, four at once',
    async () => {
      const { id } = await client().create();
      const lane = async (who: number): Promise<void> => {
        for (let call = 0; call < 250; call += 1) {
          const word = `lane ${who} call ${call}`;
          const { output } = await client().python(id, `print("${word}")`);
          if (output !== word) throw new Error(`${word} came back with ${JSON.stringify(output)}.`);
        }
      };
      await Promise.all([0, 1, 2, 3].map(lane));
      const warm = await look(bay(), id);
      await Promise.all([4, 5, 6, 7].map(lane));
      expectFlat(warm, await look(bay(), id));
    },
    LONG_MS,
  );
});
