import { type Dialect } from './dialect.js';
import { isRootless } from './engine-client.js';
import { UserModeNetworks } from './user-mode-networks.js';

/** Of all sandboxes together: the kernel counts by uid, and theirs is one. `pids` bounds each of them. */
const PROCESSES = 32_768;

/** Podman through its API socket, which speaks Docker's API. Tested with 4.3. */
export const podmanDialect: Dialect = {
  product: 'Podman',
  program: 'podman',
  // Podman keeps one file and cuts it off at this size.
  logConfig: { Type: 'k8s-file', Config: { 'max-size': '1m' } },
  // Without a figure a rootful Podman asks for a million, which root in a container of its own may not give.
  ulimits: (info) => (isRootless(info) ? [] : [{ Name: 'nproc', Soft: PROCESSES, Hard: PROCESSES }]),
  labelsImpliedVolumes: false,
  networks: () => new UserModeNetworks(),
};
