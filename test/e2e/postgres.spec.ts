import { BayServer } from '../support/bay-server.js';
import { localAbsence } from '../support/engines.js';
import { createBarePostgres, postgresAbsence, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/suites.js';
import { TEST_MS } from '../support/use-bay.js';

const absent = postgresAbsence();

/** The built server on PostgreSQL; its sandboxes are local, so that two Bays on this machine share their files. */
describeWith(
  absent === null ? 'local' : 'postgres',
  'Bay on PostgreSQL',
  absent ?? (await localAbsence()),
)(() => {
  let database: TestPostgres;
  const started: BayServer[] = [];
  beforeEach(async () => {
    database = await createBarePostgres();
  });
  afterEach(async () => {
    // The last one deletes what there is: the others' directory is its own, too.
    for (const bay of started.splice(0).reverse()) {
      if (started.length === 0) await bay.end();
    }
    await database.drop();
  }, TEST_MS);

  const start = async (dataDir?: string): Promise<BayServer> => {
    const env = { DATABASE_URL: database.url, BAY_INSTANCE_KEY: '0123456789abcdef'.repeat(4) };
    const bay = await BayServer.start({ driver: 'local', env, ...(dataDir ? { dataDir } : {}) });
    started.push(bay);
    return bay;
  };

  it(
    'creates, runs, stops, and wakes after a restart',
    async () => {
      const bay = await start();
      const { id } = await bay.client.create();
      expect((await bay.client.python(id, 'open("kept.txt", "w").write("here"); 6 * 7')).output).toContain('42');
      await bay.client.stop(id);
      await bay.restart();
      expect((await bay.client.get(id)).status).toBe('idle');
      expect((await bay.client.python(id, 'print(open("kept.txt").read())')).output).toBe('here');
    },
    TEST_MS,
  );

  it(
    'is two Bays that agree: one sandbox for one key, used through either',
    async () => {
      const one = await start();
      const other = await start(one.dataDir);
      const bays = [one, other];
      const create = (bay: BayServer) =>
        bay.client.call<{ id: string }>('POST', '/v1/sandboxes', { json: {}, headers: { 'Idempotency-Key': 'once' } });
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => create(bays[index % 2] ?? one)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      const ids = new Set(answers.map(({ body }) => body.id));
      expect(ids.size).toBe(1);
      const [id = ''] = ids;
      for (const { client } of bays) expect((await client.list()).items.map((item) => item.id)).toEqual([id]);
      await one.client.python(id, 'shared = 42');
      expect((await other.client.python(id, 'shared')).output).toBe('42');
      await other.client.stop(id);
      expect((await one.client.get(id)).status).toBe('idle');
      await other.stop();
    },
    TEST_MS,
  );
});
