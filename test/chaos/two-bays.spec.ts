import { BayServer } from '../support/bay-server.js';
import { describeOnEachDriver } from '../support/engines.js';
import { TEST_MS } from './proxied-bay.js';

/** The shortest that there is: whatever a Bay takes for an orphan goes at its next look. */
const env = { BAY_LIFECYCLE__ORPHAN_GRACE_SECONDS: '0.001' };

await describeOnEachDriver('two Bays on one machine', (driver) => {
  it(
    'leave each other alone: one killed, started, emptied and stopped changes nothing for the other',
    async () => {
      const one = await BayServer.start({ driver, env });
      const other = await BayServer.start({ driver, env });
      try {
        const [mine, theirs] = [await one.client.create(), await other.client.create()];
        await one.client.python(mine.id, 'answer = 42');
        await other.client.python(theirs.id, 'answer = 43');
        await one.kill();
        await other.restart();
        await other.client.delete(theirs.id);
        await other.expectNothingLeft();
        await other.stop();
        await one.restart();
        expect((await one.client.python(mine.id, 'answer')).output).toBe('42');
      } finally {
        await Promise.all([one.end(), other.end()]);
      }
    },
    TEST_MS,
  );
});
