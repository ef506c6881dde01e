import type { IsolationReport } from './isolation.js';

/**
 * The port behind which containers (or processes) run. One implementation per engine, chosen by name through the catalog.
 *
 * Rules for every implementation; `test/contract/driver` holds them to it:
 * - every method is idempotent and ends soon after its signal aborts
 * - "absent" is an answer, never an error; an engine that cannot be asked is `driver_unavailable`, never "nothing there"
 * - whatever is made carries {@link GroupLabels}, so that it is found again by `list` after a crash at any moment
 * - only objects with this installation's id are ever listed or touched
 */
export interface Driver {
  readonly name: string;

  /** Is the engine there, and what does it enforce? Throws `driver_unavailable` with what to do. */
  probe(signal: AbortSignal): Promise<DriverReport>;

  /**
   * Makes the group's containers, networks and directories without starting them. A second call with the same session id
   * gives the same handle. Throws `image_missing`, `control_not_enforceable`, `driver_unavailable`, `insufficient_storage`.
   */
  ensureGroup(spec: GroupSpec, signal: AbortSignal): Promise<GroupHandle>;

  /** Returns when the members' processes run; the agents may not answer yet. Throws `start_failed`. */
  start(handle: GroupHandle, signal: AbortSignal): Promise<void>;

  /** Ends the members' processes: politely, then by force after `graceMs`. What is stopped is never started again. */
  stop(handle: GroupHandle, graceMs: number, signal: AbortSignal): Promise<void>;

  /** Removes all that `ensureGroup` made, running or not. Workspaces stay. */
  remove(handle: GroupHandle, signal: AbortSignal): Promise<void>;

  inspect(handle: GroupHandle, signal: AbortSignal): Promise<GroupSeen>;

  /** All groups of this installation whose labels hold every pair of `labels`; half-made ones too. */
  list(labels: Partial<GroupLabels>, signal: AbortSignal): Promise<ListedGroup[]>;

  /** The last lines that a member wrote, oldest first; empty when there is none. At most `maxBytes`. */
  logs(handle: GroupHandle, member: string, maxBytes: number, signal: AbortSignal): Promise<string>;

  readonly volumes: VolumePort;

  /** Absent where the driver cannot say what its groups use. */
  readonly usage?: UsagePower;

  /** Absent where the driver cannot tell one build of an image from another. */
  readonly images?: ImagePower;

  /** Frees connections; groups go on running. */
  close(): Promise<void>;
}

/** An optional power: what running groups use. */
export interface UsagePower {
  /** All members together; null when the group does not run. Reads only; takes milliseconds. */
  read(handle: GroupHandle, signal: AbortSignal): Promise<GroupUsage | null>;
}

/** An optional power: which build of an image a group would be made from now. */
export interface ImagePower {
  /** Changes with the image's content, not with its name. Null when it is not there. */
  identify(image: string, signal: AbortSignal): Promise<string | null>;
}

export interface GroupUsage {
  /** What counts against its limit, without pages of files that the kernel drops when it needs them. */
  readonly memoryBytes: number;
  /** Processor time since its start, in user and kernel, seconds. */
  readonly cpuSec: number;
}

export interface DriverReport {
  /** For people: `Docker 27.3 (rootful, cgroup v2)`. */
  readonly engine: string;
  readonly isolation: IsolationReport;
}

/** Workspaces. A volume outlives every group; only `remove` ends it. */
export interface VolumePort {
  ensure(spec: VolumeSpec, signal: AbortSignal): Promise<VolumeRef>;
  /** Absent is fine. Throws `conflict` while a group uses it. */
  remove(ref: VolumeRef, signal: AbortSignal): Promise<void>;
  exists(ref: VolumeRef, signal: AbortSignal): Promise<boolean>;
  list(signal: AbortSignal): Promise<ListedVolume[]>;

  /**
   * Takes over a volume that another program made, under the engine's own name of it, without copying. Its labels cannot change, so
   * `list` does not show it; the ref alone leads to it. Throws `not_found`, and `conflict` when another installation has
   * it. Only where an engine has volumes of its own.
   */
  adopt?(name: string, signal: AbortSignal): Promise<VolumeRef>;
}

/** The driver's own name of a volume (`bay-cargo-ws-…`), kept in the workspace's row. */
export type VolumeRef = string;

export interface VolumeSpec {
  /** Public id of the workspace: `ws-0123456789ab`. */
  readonly workspaceId: string;
  readonly sizeLimitMb: number | null;
  /** What an earlier call gave, if it is known; an adopted volume is not made anew. */
  readonly ref?: VolumeRef | null;
}

export interface ListedVolume {
  readonly ref: VolumeRef;
  readonly workspaceId: string;
}

/** What runs together: 1..n members around one workspace. Plain data; no engine's types. */
export interface GroupSpec {
  readonly labels: GroupLabels;
  readonly volume: VolumeRef;
  readonly members: readonly MemberSpec[];
  /** `open`: the network the driver offers; `none`: no way out. */
  readonly egress: 'open' | 'none';
}

/** On everything that a driver makes. Only facts that never change. Keys on the engine are `bay.<snake_case>`. */
export interface GroupLabels {
  readonly sandboxId: string;
  readonly sessionId: string;
  readonly workspaceId: string;
  readonly profileId: string;
}

export interface MemberSpec {
  /** Unique in the group; also its hostname. */
  readonly name: string;
  readonly image: string;
  readonly runtime: 'ship';
  /** Environment of the member's agent. The client's own variables come later, with `/init`. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the agent listens when it is reached over TCP. */
  readonly port: number;
  /** The session's secret; handed over as a file, never in argv or the environment. */
  readonly secret: string;
  readonly resources: Resources;
}

export interface Resources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
}

/** Opaque to all but the driver that made it; survives a restart of Bay as JSON. */
export interface GroupHandle {
  readonly driver: string;
  readonly version: 1;
  readonly data: Readonly<Record<string, unknown>>;
}

export type GroupState =
  /** Nothing of it is there. */
  | 'absent'
  /** Made, never started. */
  | 'created'
  /** Every member runs. */
  | 'running'
  /** At least one member has ended, was killed, paused, or removed. */
  | 'broken';

export interface GroupSeen {
  readonly state: GroupState;
  readonly members: readonly MemberSeen[];
}

export interface MemberSeen {
  readonly name: string;
  readonly state: 'created' | 'running' | 'exited' | 'paused' | 'absent';
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  /** Known while it runs. */
  readonly endpoint: Endpoint | null;
}

/** Where an agent answers, as seen from Bay. The directory of a unix socket belongs to the sandbox: trust nothing in it. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface ListedGroup {
  readonly handle: GroupHandle;
  readonly labels: GroupLabels;
  /** Milliseconds since the epoch, by the engine's clock. */
  readonly createdAtMs: number;
}
