import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type NetworkInspectInfo } from 'dockerode';
import { type EngineClient, type EngineInfo, settledOrAborted } from './engine-client.js';
import { unavailable } from './engine-errors.js';
import { installationLabels, labelFilter } from './labels.js';
import { type SandboxNetworks } from './sandbox-networks.js';

/** For a network that somebody else is making to be listed, ms: it takes the engine some ten milliseconds. */
const LISTED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Linux allows 15 characters. */
const bridgeName = (installationId: string): string =>
  `bay-${createHash('sha256').update(installationId).digest('hex').slice(0, 11)}`;

/**
 * The bridge network that the installation's sandboxes go out by: one for all, with traffic among them off. It is made
 * when the first sandbox needs it.
 *
 * Several Bays of one installation may make it at the same time. Docker allows two networks of one name, but never two on
 * one interface: the interface's name decides who made it, and all others take that one.
 */
export class SharedBridge implements SandboxNetworks {
  private making: Promise<string> | null = null;

  constructor(
    private readonly engine: EngineClient,
    private readonly installationId: string,
  ) {}

  /** The engine's id of the network. */
  async ensure(info: EngineInfo, signal: AbortSignal): Promise<string> {
    const [network] = await this.existing(signal);
    if (network) return network.Id;
    // Callers in this process share one attempt; when its own caller leaves, the others make their own.
    const shared = this.making;
    if (shared)
      return settledOrAborted(
        shared.catch(() => this.ensure(info, signal)),
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
    const made = await this.engine.call(
      // 403: the interface is another network's.
      { what: 'make a network', signal, on: { 403: () => null } },
      (docker, abortSignal) =>
        docker.createNetwork({
          Name: `bay-open-${this.installationId}`,
          Driver: 'bridge',
          Labels: installationLabels(this.installationId),
          Options: {
            'com.docker.network.bridge.enable_icc': 'false',
            'com.docker.network.bridge.name': bridgeName(this.installationId),
          },
          abortSignal,
        }),
    );
    return made?.id ?? this.madeByAnother(signal);
  }

  private async madeByAnother(signal: AbortSignal): Promise<string> {
    const deadline = AbortSignal.timeout(LISTED_WITHIN_MS);
    while (!deadline.aborted) {
      const [network] = await this.existing(signal);
      if (network) return network.Id;
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
    throw unavailable(
      'The engine refuses to make a network for sandboxes. Its log says why; `docker network ls` shows them.',
    );
  }

  private existing(signal: AbortSignal): Promise<NetworkInspectInfo[]> {
    const filters = labelFilter(installationLabels(this.installationId));
    return this.engine.call({ what: 'list networks', signal }, (docker, abortSignal) =>
      docker.listNetworks({ filters, abortSignal }),
    );
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
