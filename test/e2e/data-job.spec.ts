import { type PythonBody } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { fileForm } from '../support/multipart.js';
import { useBay } from '../support/use-bay.js';

const SEED = 20_261_122;
const CITIES = ['Berlin', 'Kyōto', 'Lima', 'Nairobi', 'Ōsaka', 'Paris', 'Quito', '台北'];
const ROWS = 320_000;
const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The same numbers at every run: mulberry32. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

interface Table {
  readonly csv: Buffer;
  /** Cents by city, added up here. */
  readonly sums: ReadonlyMap<string, number>;
}

function makeTable(): Table {
  const random = numbers(SEED);
  const sums = new Map<string, number>();
  const lines = ['order,day,city,quantity,cents'];
  for (let row = 0; row < ROWS; row += 1) {
    const city = CITIES[random.next().value % CITIES.length]!;
    const day = new Date(Date.UTC(2026, 0, 1 + (random.next().value % 365))).toISOString().slice(0, 10);
    const quantity = 1 + (random.next().value % 9);
    const cents = random.next().value % 1_000_000;
    lines.push(`order-${100_000 + row},${day},${city},${quantity},${cents}`);
    sums.set(city, (sums.get(city) ?? 0) + cents);
  }
  return { csv: Buffer.from(`${lines.join('\n')}\n`), sums };
}

await describeOnEachDriver(
  'a real data job',
  (driver) => {
    const bay = useBay({ driver, image: 'ship:latest' });
    const client = () => bay().client;
    const table = makeTable();
    const run = async (id: string, code: string): Promise<PythonBody> => {
      const ran = await client().python(id, code, { timeout: 120 });
      expect(ran.error).toBeNull();
      return ran;
    };

    it('loads, sums, draws, packs, sleeps and wakes', async () => {
      expect(table.csv.length).toBeGreaterThan(10_000_000);
      const { id } = await client().create();
      const sent = await client().upload(id, fileForm('data/orders.csv', table.csv));
      expect(sent).toEqual({ status: 'ok', path: 'data/orders.csv', size: table.csv.length });

      await run(id, 'import pandas as pd\norders = pd.read_csv("data/orders.csv", parse_dates=["day"])');
      expect((await run(id, 'print(len(orders))')).output).toBe(String(ROWS));
      const summed = await run(
        id,
        'sums = orders.groupby("city")["cents"].sum()\nprint(sums.to_json(force_ascii=False))',
      );
      expect(JSON.parse(summed.output)).toEqual(Object.fromEntries(table.sums));
      expect((await run(id, 'sums.to_frame()')).data.output.displays).toEqual([
        expect.objectContaining({ 'text/html': expect.stringContaining('台北') as string }),
      ]);

      const drawn = await run(
        id,
        [
          'import matplotlib.pyplot as plt',
          'figure, axes = plt.subplots()',
          'sums.plot.bar(ax=axes, title="売上 by city")',
          'figure.savefig("data/sums.png")',
          'plt.show()',
        ].join('\n'),
      );
      const shown = drawn.data.output.images.map((image) => Buffer.from(image['image/png']!, 'base64'));
      expect(shown).toHaveLength(1);
      expect(shown[0]!.subarray(0, 8)).toEqual(PNG_MAGIC);
      const { body: saved } = await client().download(id, 'data/sums.png');
      expect(saved.subarray(0, 8)).toEqual(PNG_MAGIC);
      expect(saved.length).toBeGreaterThan(5_000);

      const packed = await client().shell(
        id,
        'gzip -k orders.csv && gzip -t orders.csv.gz && stat -c %s orders.csv.gz',
        {
          cwd: 'data',
          timeout: 60,
        },
      );
      expect(packed).toMatchObject({ success: true, exit_code: 0 });
      expect(Number(packed.output)).toBeLessThan(table.csv.length / 2);

      await client().stop(id);
      const woken = await client().python(id, 'import os\nprint(sorted(os.listdir("data")))\norders');
      expect(woken.output).toBe("['orders.csv', 'orders.csv.gz', 'sums.png']");
      expect(woken.error).toContain('NameError');
      expect((await client().download(id, 'data/sums.png')).body).toEqual(saved);

      await client().delete(id);
      await bay().expectNothingLeft();
    });
  },
  { image: 'ship:latest' },
);
