import { describeOnEachDriver } from '../support/engines.js';
import { MemoryInUse } from '../support/memory-in-use.js';
import { processUse, type ProcessUse, sandboxUse } from '../support/process-use.js';
import { useBay } from '../support/use-bay.js';

const CALLS = 10_000;
/** By then everything is loaded, compiled and cached that ever will be. */
const WARM = 1_000;
/** For ten thousand calls, ms. */
const LONG_MS = 600_000;
const MIB = 2 ** 20;

/** Of Bay once all garbage is gone; of the others what the kernel counts, garbage included. 1 KiB a call is 9 MiB. */
const MEMORY_SLACK = { bay: 6 * MIB, agent: 32 * MIB, python: 8 * MIB } as const;
/** Pooled connections and worker threads come and go. */
const FEW = 6;

type Part = keyof typeof MEMORY_SLACK;
type Uses = Readonly<Record<Part, ProcessUse>>;

/** Each line that is not flat, for the failure's text. */
const growth = (before: Uses, after: Uses): string[] =>
  (Object.keys(MEMORY_SLACK) as Part[]).flatMap((part) => {
    const [was, is] = [before[part], after[part]];
    const say = (what: keyof ProcessUse, slack: number): string[] =>
      is[what] - was[what] <= slack ? [] : [`${what} of ${part}: ${was[what]}, then ${is[what]}`];
    return [...say('threads', FEW), ...say('descriptors', FEW), ...say('memory', MEMORY_SLACK[part])];
  });

await describeOnEachDriver('ten thousand calls on one sandbox', (driver) => {
  const memory = new MemoryInUse();
  const bay = useBay({ driver, env: { BAY_LOG__LEVEL: 'warn', ...memory.env } });
  const client = () => bay().client;
  afterAll(() => memory.remove());

  const look = async (id: string): Promise<Uses> => ({
    bay: { ...processUse(bay().pid), memory: await memory.of(bay().pid) },
    ...(await sandboxUse(client(), id)),
  });

  it(
    'come back each with its own output, one after the other, and leave everything flat',
    async () => {
      const { id } = await client().create();
      let warm: Uses | null = null;
      for (let call = 1; call <= CALLS; call += 1) {
        const { output, data } = await client().python(id, `print("call ${call}")`);
        if (output !== `call ${call}`) throw new Error(`Call ${call} came back with ${JSON.stringify(output)}.`);
        if (data.execution_count !== call) throw new Error(`Call ${call} was counted as ${data.execution_count}.`);
        if (call === WARM) warm = await look(id);
      }
      expect(growth(warm!, await look(id))).toEqual([]);
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
      const warm = await look(id);
      await Promise.all([4, 5, 6, 7].map(lane));
      expect(growth(warm, await look(id))).toEqual([]);
    },
    LONG_MS,
  );
});
