import { type NetworkInspectInfo } from 'dockerode';
import { type EngineClient, settledOrAborted } from './engine-client.js';
import { installationLabels, labelFilter } from './labels.js';

/**
 * The bridge network that the installation's sandboxes go out by: one for all, with traffic among them off. It is made
 * when the first sandbox needs it.
 *
 * Several Bays of one installation may make it at the same time, and engines allow two networks of one name. All take
 * the oldest, and whoever made another one removes it again.
 * In between somebody may have chosen the younger one: that sandbox fails to start, and starting it anew helps.
 */
export class SandboxNetwork {
  private making: Promise<string> | null = null;

  constructor(
    private readonly engine: EngineClient,
    private readonly installationId: string,
  ) {}

  /** The engine's id of the network. */
  async ensure(signal: AbortSignal): Promise<string> {
    const [oldest] = await this.existing(signal);
    if (oldest) return oldest.Id;
    // Callers in this process share one attempt; when its own caller leaves, the others make their own.
    const shared = this.making;
    if (shared)
      return settledOrAborted(
        shared.catch(() => this.ensure(signal)),
        signal,
      );
    this.making = this.make(signal).finally(() => {
      this.making = null;
    });
    return this.making;
  }

  /** Removes it where no sandbox has it. A sandbox that is being made meanwhile fails to start and is made anew. */
  async removeUnused(signal: AbortSignal): Promise<void> {
    const filters = labelFilter(installationLabels(this.installationId));
    const users = await this.engine.call({ what: 'list containers', signal }, (docker, abortSignal) =>
      docker.listContainers({ all: true, limit: 1, filters, abortSignal }),
    );
    if (users.length > 0) return;
    for (const { Id } of await this.existing(signal)) await this.remove(Id, signal);
  }

  private async make(signal: AbortSignal): Promise<string> {
    const made = await this.engine.call({ what: 'make a network', signal }, async (docker, abortSignal) => {
      const network = await docker.createNetwork({
        Name: `bay-open-${this.installationId}`,
        Driver: 'bridge',
        Labels: installationLabels(this.installationId),
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
        abortSignal,
      });
      return network.id;
    });
    const [oldest] = await this.existing(signal);
    if (!oldest || oldest.Id === made) return made;
    await this.remove(made, signal);
    return oldest.Id;
  }

  private async existing(signal: AbortSignal): Promise<NetworkInspectInfo[]> {
    const filters = labelFilter(installationLabels(this.installationId));
    const networks = await this.engine.call({ what: 'list networks', signal }, (docker, abortSignal) =>
      docker.listNetworks({ filters, abortSignal }),
    );
    return networks.sort((a, b) => Date.parse(a.Created) - Date.parse(b.Created) || a.Id.localeCompare(b.Id));
  }

  private async remove(id: string, signal: AbortSignal): Promise<void> {
    const fine = (): undefined => undefined;
    await this.engine.call(
      // 403: somebody uses it. 404: somebody was faster.
      { what: 'remove a network', signal, on: { 403: fine, 404: fine } },
      (docker, abortSignal) => docker.getNetwork(id).remove({ abortSignal }) as Promise<unknown>,
    );
  }
}
