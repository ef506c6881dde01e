import { type ContainerCreateOptions, type HostConfig } from 'dockerode';
import { type GroupLabels, type MemberSpec } from '../driver.js';

export interface Place {
  readonly labels: GroupLabels;
  /** Of the member in its group. */
  readonly index: number;
  readonly member: MemberSpec;
}

/** What a way to reach agents adds to a container. */
export interface ReachOptions {
  /** Where the agent listens: `BAY_LISTEN`. */
  readonly listen: string;
  readonly container: Pick<ContainerCreateOptions, 'ExposedPorts'>;
  readonly host: Pick<HostConfig, 'Mounts' | 'Binds' | 'PortBindings'>;
}

/**
 * How Bay comes to an agent, and how the session's secret comes to it: by a directory that both share, or by a port of
 * this machine. Members that were made another way stay reachable: the endpoint is read from the container.
 */
export interface Reach {
  /** For people, in the driver's report. */
  readonly name: string;
  /** Whether agents are reached without any network, so that a member may have none. */
  readonly worksWithoutNetwork: boolean;
  /** Before the container is made. May be repeated. */
  prepare(place: Place): Promise<ReachOptions>;
  /** After it is made and before it is started: a tar archive for its root directory, or null. May be repeated. */
  archive(place: Place): Buffer | null;
}
