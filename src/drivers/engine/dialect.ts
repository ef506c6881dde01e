import { type HostConfig } from 'dockerode';
import { type EngineClient, type EngineInfo, isRootless } from './engine-client.js';
import { type EngineProgram } from './engine-errors.js';
import { type SandboxNetworks } from './sandbox-networks.js';

/** Where engines that speak Docker's API differ. */
export interface Dialect {
  /** For people: `Docker`. */
  readonly product: string;
  /** The engine's program, for commands that are shown to people: `docker`. */
  readonly program: EngineProgram;
  /** Keeps little of what a member writes: its log is for finding out why it ended. */
  readonly logConfig: NonNullable<HostConfig['LogConfig']>;
  /** Limits beyond those that every engine gets. */
  ulimits(info: EngineInfo): NonNullable<HostConfig['Ulimits']>;
  /**
   * Whether a volume that the engine makes by itself, for a container that names a missing one, carries the container's
   * labels for it. Without them nobody would find it again, so that the driver asks for the volume first.
   */
  readonly labelsImpliedVolumes: boolean;
  /** How sandboxes of an installation go out. */
  networks(engine: EngineClient, installationId: string): SandboxNetworks;
}

/** `Docker 27.3 (rootful, cgroup v2)` */
export const describeEngine = ({ product }: Dialect, info: EngineInfo): string =>
  `${product} ${info.ServerVersion} (${isRootless(info) ? 'rootless' : 'rootful'}, cgroup v${info.CgroupVersion})`;
