import { BayError } from '../../shared/errors.js';
import { SystemClock, type Clock } from '../../shared/clock.js';
import type {
  Driver,
  DriverReport,
  GroupHandle,
  GroupLabels,
  GroupSeen,
  GroupSpec,
  ImagePower,
  ListedGroup,
  UsagePower,
  VolumePort,
} from '../driver.js';
import { agentBuild } from './agent-build.js';
import { Cgroups } from './cgroups.js';
import { endGroup, findMarked, killAll } from './group-end.js';
import { GroupRecords, type GroupRecord } from './group-record.js';
import { seeGroup } from './group-seen.js';
import { measureGroup } from './measure-group.js';
import { checkSpec } from './group-spec.js';
import { isPrepared, prepareGroup, startGroup } from './group-start.js';
import { describeHost } from './isolation-report.js';
import { KnownHost } from './known-host.js';
import { type HostOptions } from './local-host.js';
import { LocalPaths } from './local-paths.js';
import { boundLog, readTail } from './member-log.js';
import { readBootId, startedAtMs } from './process-identity.js';
import { scanForMarked } from './process-scan.js';
import { removeTree } from './remove-tree.js';
import { oneAtATime } from './waiting.js';
import { LocalWorkspaces } from './workspaces.js';

export interface LocalDriverOptions extends HostOptions {
  /** Absolute. */
  readonly dataDir: string;
  readonly installationId: string;
  readonly clock?: Clock;
}

const NAME = 'local';

export const createLocalDriver = (options: LocalDriverOptions): Driver => new LocalDriver(options);

/**
 * Runs members as processes under bubblewrap, without any engine. They live on when Bay ends, and are found again by the
 * group's record and by the marker in their environment.
 *
 * Several instances of one installation may work side by side in this process, as may calls for one group: what changes a
 * group is done one at a time.
 */
class LocalDriver implements Driver {
  readonly name = NAME;
  readonly volumes: VolumePort;
  readonly usage: UsagePower = {
    read: async (handle, signal) => {
      signal.throwIfAborted();
      return measureGroup(this.ground, this.records.find(sessionOf(handle)));
    },
  };
  readonly images: ImagePower = { identify: (_, signal) => agentBuild(this.options, signal) };
  private readonly paths: LocalPaths;
  private readonly records: GroupRecords;
  private readonly clock: Clock;
  private readonly bootId = readBootId();
  private readonly host: KnownHost;
  private detectedCgroups: Cgroups | null = null;

  constructor(private readonly options: LocalDriverOptions) {
    this.paths = new LocalPaths(options.dataDir);
    this.records = new GroupRecords(this.paths, options.installationId);
    this.clock = options.clock ?? new SystemClock();
    this.host = new KnownHost(options, this.paths);
    this.volumes = new LocalWorkspaces(this.paths, options.installationId, (ref) => this.isUsed(ref));
  }

  async probe(signal: AbortSignal): Promise<DriverReport> {
    return describeHost(await this.host.get(signal), this.cgroups);
  }

  async ensureGroup(spec: GroupSpec, signal: AbortSignal): Promise<GroupHandle> {
    checkSpec(spec);
    const { sessionId } = spec.labels;
    await this.host.get(signal);
    return this.alone(sessionId, signal, async () => {
      if (this.records.find(sessionId)?.bootId !== this.bootId) this.records.remove(sessionId);
      this.records.insert(this.newRecord(spec));
      const record = this.records.find(sessionId);
      if (record?.phase === 'created' && !isPrepared(this.paths, spec)) await prepareGroup(this.paths, spec);
      return handleOf(sessionId);
    });
  }

  async start(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    const sessionId = sessionOf(handle);
    const host = await this.host.get(signal);
    await this.alone(sessionId, signal, () => startGroup({ ...this.ground, host }, sessionId, signal));
  }

  async stop(handle: GroupHandle, graceMs: number, signal: AbortSignal): Promise<void> {
    const sessionId = sessionOf(handle);
    await this.alone(sessionId, signal, async () => {
      const record = this.records.find(sessionId);
      if (record === null) return;
      // Written before, so that nobody starts what this call leaves half-ended.
      this.records.update({ ...record, phase: 'stopped' });
      await this.end(record, graceMs, signal);
    });
  }

  async remove(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    const sessionId = sessionOf(handle);
    await this.alone(sessionId, signal, async () => {
      await killAll(findMarked(this.options.installationId, sessionId), signal);
      const record = this.records.find(sessionId);
      if (record === null && this.records.isAnothers(sessionId)) return;
      if (record === null) await this.cgroups.remove(sessionId, signal);
      else await this.end(record, 0, signal);
      await removeTree(this.paths.run(sessionId));
      this.records.remove(sessionId);
    });
  }

  async inspect(handle: GroupHandle, signal: AbortSignal): Promise<GroupSeen> {
    signal.throwIfAborted();
    const sessionId = sessionOf(handle);
    const record = this.records.find(sessionId);
    record?.members.forEach((_, index) => boundLog(this.paths.member(sessionId, index).log));
    return seeGroup(this.ground, record);
  }

  async list(labels: Partial<GroupLabels>, signal: AbortSignal): Promise<ListedGroup[]> {
    signal.throwIfAborted();
    const recorded = this.records.list().map((record) => listed(record.labels, record.createdAtMs));
    const known = new Set(recorded.map((group) => group.labels.sessionId));
    const unknown = scanForMarked(this.options.installationId)
      .filter(({ marker }) => !known.has(marker.labels.sessionId))
      .map(({ marker, process }) => listed(marker.labels, startedAtMs(process)));
    const unique = new Map([...unknown, ...recorded].map((group) => [group.labels.sessionId, group]));
    return [...unique.values()].filter((group) => holds(group.labels, labels));
  }

  async logs(handle: GroupHandle, member: string, maxBytes: number, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const sessionId = sessionOf(handle);
    const index = this.records.find(sessionId)?.members.findIndex(({ name }) => name === member) ?? -1;
    return index < 0 ? '' : readTail(this.paths.member(sessionId, index).log, maxBytes);
  }

  async close(): Promise<void> {
    await this.host.close();
    this.detectedCgroups?.close();
  }

  private get cgroups(): Cgroups {
    return (this.detectedCgroups ??= Cgroups.detect(this.options.installationId));
  }

  private get ground() {
    const { paths, records, bootId, cgroups } = this;
    return { paths, records, bootId, cgroups, installationId: this.options.installationId };
  }

  private alone<T>(sessionId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return oneAtATime(this.paths.record(sessionId), signal, work);
  }

  /** Processes of another boot are gone already. */
  private async end(record: GroupRecord, graceMs: number, signal: AbortSignal): Promise<void> {
    if (record.bootId === this.bootId) await endGroup(this.ground, record, graceMs, signal);
  }

  private isUsed(volume: string): boolean {
    return this.records
      .list()
      .some((record) => record.volume === volume && seeGroup(this.ground, record).state !== 'absent');
  }

  private newRecord({ labels, volume, egress, members }: GroupSpec): GroupRecord {
    const { installationId } = this.options;
    return {
      version: 1,
      ...{ installationId, labels, volume, egress, bootId: this.bootId, createdAtMs: this.clock.now() },
      phase: 'created',
      members: members.map(({ name, env, resources }) => ({ name, env, resources, processes: null })),
    };
  }
}

const handleOf = (sessionId: string): GroupHandle => ({ driver: NAME, version: 1, data: { sessionId } });

const sessionOf = ({ driver, version, data }: GroupHandle): string => {
  const { sessionId } = data;
  if (driver === NAME && version === 1 && typeof sessionId === 'string') return sessionId;
  throw new BayError('internal_error', `The local driver did not make this handle of ${driver}.`);
};

const listed = (labels: GroupLabels, createdAtMs: number): ListedGroup => ({
  handle: handleOf(labels.sessionId),
  labels,
  createdAtMs,
});

const holds = (labels: GroupLabels, wanted: Partial<GroupLabels>): boolean =>
  (Object.keys(wanted) as (keyof GroupLabels)[]).every((key) => labels[key] === wanted[key]);
