import { type ContainerCreateOptions, type HostConfig } from 'dockerode';
import { RUN_DIR, SECRET_NAME, WORKSPACE_DIR } from '@bay/protocol';
import { type GroupSpec, type MemberSpec } from '../driver.js';
import { type Dialect } from './dialect.js';
import { volumeName } from './engine-volumes.js';
import { groupLabels, LABEL } from './labels.js';
import { type ReachOptions } from './reach.js';

/** `shipyard`, in every image. Said outright: an image that forgot its user would run as root. */
const AGENT_USER = '1000:1000';
/** What a process may open; rootless engines cannot give more than their own limit. */
const OPEN_FILES = 16_384;
const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;
/** For whoever stops the container by hand; Bay names the grace with each stop. */
const STOP_TIMEOUT_SEC = 2;

export interface ContainerParts {
  readonly installationId: string;
  readonly spec: GroupSpec;
  readonly member: MemberSpec;
  /** The engine's id of a network, or `none`. */
  readonly network: string;
  readonly reach: ReachOptions;
  readonly dialect: Dialect;
  /** Beyond those that every engine gets: what the dialect says. */
  readonly ulimits: NonNullable<HostConfig['Ulimits']>;
}

/** The one member of a group has the group's name. */
export const containerName = ({ labels, members }: GroupSpec, member: MemberSpec): string =>
  members.length === 1 ? `bay-session-${labels.sessionId}` : `bay-${labels.sessionId}-${member.name}`;

/** All that a container gets, as the engine wants it. Pure: hardening and limits can be read here and tested. */
export function containerOptions(parts: ContainerParts): ContainerCreateOptions & { name: string } {
  const { installationId, spec, member, reach } = parts;
  return {
    name: containerName(spec, member),
    Image: member.image,
    Hostname: member.name,
    User: AGENT_USER,
    Labels: {
      ...groupLabels(installationId, spec.labels),
      [LABEL.member]: member.name,
      // Engines list in no certain order.
      ...(spec.members.length > 1 && { [LABEL.index]: String(spec.members.indexOf(member)) }),
      [LABEL.runtime]: member.runtime,
      [LABEL.port]: String(member.port),
    },
    Env: Object.entries({
      ...member.env,
      BAY_LISTEN: reach.listen,
      BAY_SECRET_FILE: `${RUN_DIR}/${SECRET_NAME}`,
      BAY_WORKSPACE_PATH: WORKSPACE_DIR,
    }).map(([key, value]) => `${key}=${value}`),
    StopTimeout: STOP_TIMEOUT_SEC,
    ...reach.container,
    HostConfig: hostConfig(parts),
  };
}

function hostConfig({ installationId, spec, member, network, reach, dialect, ulimits }: ContainerParts): HostConfig {
  const { memoryBytes, cpus, pids } = member.resources;
  return {
    ...reach.host,
    Mounts: [...(reach.host.Mounts ?? []), workspaceMount(installationId, spec)],
    NetworkMode: network,
    Memory: memoryBytes,
    // Memory and swap together: the same figure means no swap.
    MemorySwap: memoryBytes,
    NanoCpus: Math.round(cpus * 1e9),
    PidsLimit: pids,
    Ulimits: [{ Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES }, { Name: 'core', Soft: 0, Hard: 0 }, ...ulimits],
    CapDrop: ['ALL'],
    // The engine's own seccomp profile stays on: it is replaced only by naming another one.
    SecurityOpt: ['no-new-privileges:true'],
    Privileged: false,
    IpcMode: 'private',
    ShmSize: SHARED_MEMORY_BYTES,
    LogConfig: dialect.logConfig,
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
  };
}

/** An engine makes a volume that is missing: then it has labels at least, and is found again. */
function workspaceMount(
  installationId: string,
  { volume, labels }: GroupSpec,
): NonNullable<HostConfig['Mounts']>[number] {
  return {
    Type: 'volume',
    Source: volumeName(volume),
    Target: WORKSPACE_DIR,
    VolumeOptions: {
      NoCopy: false,
      Labels: groupLabels(installationId, { workspaceId: labels.workspaceId }),
      DriverConfig: { Name: 'local', Options: {} },
    },
  };
}
