import { randomUUID } from 'node:crypto';
import { BayServer } from '../support/bay-server.js';
import { describeOnDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { openDocker } from '../support/left-behind.js';
import { TEST_MS } from './proxied-bay.js';

await describeOnDriver('docker-host', 'what is on the engine and no row knows', () => {
  const docker = openDocker();
  let bay: BayServer;
  beforeEach(async () => {
    // The shortest that there is: whatever a Bay takes for an orphan goes at its next look.
    bay = await BayServer.start({ driver: 'docker-host', env: { BAY_LIFECYCLE__ORPHAN_GRACE_SECONDS: '0.001' } });
  }, TEST_MS);
  afterEach(() => bay.end(), TEST_MS);

  const labels = (): Record<string, string> => ({
    'bay.managed': 'true',
    'bay.installation': bay.installation().id!,
    'bay.sandbox_id': 'sandbox-000000000000',
    'bay.session_id': randomUUID(),
    'bay.cargo_id': 'ws-000000000000',
    'bay.profile_id': 'python-default',
  });

  it(
    'goes when it is a container of this installation, and stays when it is a workspace',
    async () => {
      const container = await docker.createContainer({ Image: 'ship:base', Labels: labels() });
      const volume = await docker.createVolume({ Name: `bay-test-${randomUUID()}`, Labels: labels() });
      await bay.restart();
      await eventually(
        () => docker.listContainers({ all: true, filters: { id: [container.id] } }),
        (containers) => containers.length === 0,
      );
      expect((await volume.inspect()).Labels).toMatchObject({ 'bay.managed': 'true' });
      await volume.remove();
    },
    TEST_MS,
  );
});
