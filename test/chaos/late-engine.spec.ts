import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type BayServer } from '../support/bay-server.js';
import { type EngineRequest } from '../support/engine-proxy.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { TEST_MS, useProxiedBay } from './proxied-bay.js';

await describeOnDriver('docker-host', 'an engine that carries out late what Bay has given up', () => {
  // The shortest that there is: whatever a Bay takes for an orphan goes at its next look.
  const proxied = useProxiedBay({ BAY_LIFECYCLE__ORPHAN_GRACE_SECONDS: '0.001' });
  const bay = () => proxied().bay;

  it.each<EngineRequest>(['make volume', 'make container', 'start container'])(
    '%s of a sandbox that was deleted meanwhile: nothing of it stays',
    async (request) => {
      const { id } = await bay().client.create();
      const held = proxied().engine.hold(request, { isLate: true });
      const call = bay().client.call('POST', `/v1/sandboxes/${id}/python/exec`, { json: { code: '1' } });
      await held.caught;
      await bay().client.delete(id);
      expect((await call).status).toBe(404);
      // Bay has done all that it knows of before the engine goes on.
      await eventually(
        () => observedState(bay(), id),
        (state) => state === 'deleted',
      );
      held.letGo();
      await held.carriedOut;
      await bay().restart();
      await bay().expectNothingLeft();
    },
    TEST_MS,
  );
});

/** What Bay's row says: `/v1` shows nothing of a deleted sandbox. */
function observedState({ dataDir }: BayServer, id: string): unknown {
  const database = new Database(join(dataDir, 'bay.db'), { readonly: true });
  try {
    return database.prepare('SELECT observed_state FROM sandboxes WHERE public_id = ?').pluck().get(id);
  } finally {
    database.close();
  }
}
