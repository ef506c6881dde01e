import { type EngineInfo, isRootless } from './engine-client.js';
import { type SandboxNetworks } from './sandbox-networks.js';

/** The first Podman whose rootless containers go out by pasta; before it, and as root, slirp4netns is there. */
const PASTA_SINCE = 5;

/**
 * A network stack of its own for each sandbox, as a process beside it that opens connections in its place. Sandboxes share
 * no network at all, the loopback of the machine is out of their reach, there is no bridge, no rule of a firewall and no
 * address range to keep, and a rootless engine does it as a rootful one does.
 *
 * Podman's bridges cannot keep their members apart, and a bridge for each sandbox would leave files of its address
 * allocation behind.
 */
export class UserModeNetworks implements SandboxNetworks {
  async ensure(info: EngineInfo): Promise<string> {
    return isRootless(info) && Number.parseInt(info.ServerVersion, 10) >= PASTA_SINCE ? 'pasta' : 'slirp4netns';
  }

  async removeUnused(): Promise<void> {
    // Each network ends with its sandbox.
  }
}
