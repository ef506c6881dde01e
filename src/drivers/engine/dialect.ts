import { type HostConfig } from 'dockerode';
import { type EngineInfo } from './engine-client.js';

/** Where engines that speak Docker's API differ. */
export interface Dialect {
  /** For people: `Docker`. */
  readonly product: string;
  /** Keeps little of what a member writes: its log is for finding out why it ended. */
  readonly logConfig: NonNullable<HostConfig['LogConfig']>;
  /** `Docker 27.3 (rootful, cgroup v2)` */
  describe(info: EngineInfo): string;
}
