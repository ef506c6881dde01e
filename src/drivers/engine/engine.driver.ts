import { type ContainerInfo } from 'dockerode';
import {
  type Driver,
  type DriverReport,
  type GroupHandle,
  type GroupLabels,
  type GroupSeen,
  type GroupSpec,
  type ImagePower,
  type ListedGroup,
  type MemberSpec,
  type UsagePower,
} from '../driver.js';
import { BayError } from '../../shared/errors.js';
import { sumUsage } from '../sum-usage.js';
import { containerOptions } from './container-options.js';
import { type Dialect, describeEngine } from './dialect.js';
import { DirectoryCleaner } from './directory-cleaner.js';
import { type EngineClient, type EngineInfo } from './engine-client.js';
import { EngineContainers } from './engine-containers.js';
import { fileError } from './engine-errors.js';
import { readUsage } from './engine-usage.js';
import { EngineVolumes } from './engine-volumes.js';
import { type HandleData, readHandle, toHandle } from './group-handle.js';
import { isolationReport } from './isolation-report.js';
import { groupLabels, holds, LABEL, readGroupLabels } from './labels.js';
import { imageId } from './image-state.js';
import { lastOfFrames } from './log-frames.js';
import { groupState, memberSeen, memberState } from './member-seen.js';
import { type Reach } from './reach.js';
import { type LeftDirectory, type RunDirectories } from './run-directory.js';
import { type SandboxNetworks } from './sandbox-networks.js';

/** How long `close` gives an engine for tidying up. */
const TIDY_DEADLINE_MS = 5_000;

/**
 * Engines refuse a start now and then for no fault of the container: while an image is built beside it, its file system is
 * mounted a moment too late (seen with Docker 20.10 in one start of ten). Its process never ran, so that trying again is
 * safe; what is truly wrong fails as often as this, within a second.
 */
const START_ATTEMPTS = 3;

export interface EngineDriverParts {
  readonly name: string;
  readonly engine: EngineClient;
  readonly dialect: Dialect;
  readonly directories: RunDirectories;
  readonly installationId: string;
  /** Decided once, by what the engine says of itself. */
  readonly reachFor: (info: EngineInfo) => Reach;
}

/**
 * Groups as containers of an engine that speaks Docker's API: a dialect of it, and a way to reach what runs there.
 *
 * Several calls on one group may run at the same time, in this process and in others: names make creation unique, and
 * ending what has ended already is no error.
 */
export class EngineDriver implements Driver {
  readonly name: string;
  readonly volumes: EngineVolumes;
  readonly usage: UsagePower = {
    read: async (handle, signal) => {
      const { members } = this.read(handle);
      return sumUsage(
        await Promise.all(members.map(async ({ id }) => readUsage(await this.containers.stats(id, signal)))),
      );
    },
  };
  readonly images: ImagePower = { identify: (image, signal) => imageId(this.parts.engine, image, signal) };
  private readonly containers: EngineContainers;
  private readonly networks: SandboxNetworks;
  private readonly cleaner: DirectoryCleaner;

  constructor(private readonly parts: EngineDriverParts) {
    const { name, engine, dialect, installationId } = parts;
    this.name = name;
    this.volumes = new EngineVolumes(engine, installationId);
    this.containers = new EngineContainers(engine, installationId);
    this.networks = dialect.networks(engine, installationId);
    this.cleaner = new DirectoryCleaner(engine, this.containers, installationId);
  }

  async probe(signal: AbortSignal): Promise<DriverReport> {
    const info = await this.parts.engine.freshInfo(signal);
    const reach = this.parts.reachFor(info);
    const engine = `${describeEngine(this.parts.dialect, info)}, agents by ${reach.name}`;
    return { engine, isolation: isolationReport(info, reach) };
  }

  async ensureGroup(spec: GroupSpec, signal: AbortSignal): Promise<GroupHandle> {
    const info = await this.parts.engine.info(signal);
    const reach = this.parts.reachFor(info);
    assertEnforceable(spec, reach);
    if (!this.parts.dialect.labelsImpliedVolumes) await this.volumes.assertThere(spec.volume, signal);
    try {
      const network = spec.egress === 'none' ? 'none' : await this.networks.ensure(info, signal);
      const members: HandleData['members'] = [];
      for (const [index, member] of spec.members.entries()) {
        members.push({
          name: member.name,
          id: await this.ensureMember({ spec, member, index, network, reach, info }, signal),
        });
      }
      return toHandle(this.name, { sessionId: spec.labels.sessionId, members });
    } catch (error) {
      // What cannot become a group is taken away at once; after an abort or without an engine, `list` still finds it.
      if (error instanceof BayError && error.code === 'image_missing')
        await this.removeSession(spec.labels.sessionId, signal);
      throw error;
    }
  }

  async start(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    for (const { id } of this.read(handle).members) await this.startMember(id, signal);
  }

  private async startMember(id: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const container = await this.containers.inspect(id, signal);
      const state = container && memberState(container.State.Status);
      if (state === 'running') return;
      // The engine would start an ended container again, with all that its processes left behind.
      if (state !== 'created') {
        throw new BayError('start_failed', 'The sandbox has ended and is not started again.');
      }
      try {
        return await this.containers.start(id, signal);
      } catch (error) {
        if (attempt === START_ATTEMPTS || !(error instanceof BayError && error.code === 'start_failed')) throw error;
      }
    }
  }

  async stop(handle: GroupHandle, graceMs: number, signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.read(handle).members.map(async ({ id }) => {
        const container = await this.containers.inspect(id, signal);
        if (container === null) return;
        // What is paused does not hear that it should end, and Podman does not end it.
        if (memberState(container.State.Status) === 'paused') await this.containers.unpause(id, signal);
        await this.containers.stop(id, graceMs, signal);
      }),
    );
  }

  async remove(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    await this.removeSession(this.read(handle).sessionId, signal);
  }

  async inspect(handle: GroupHandle, signal: AbortSignal): Promise<GroupSeen> {
    const members = await Promise.all(
      this.read(handle).members.map(async ({ name, id }) =>
        memberSeen(name, await this.containers.inspect(id, signal)),
      ),
    );
    return { state: groupState(members), members };
  }

  async list(labels: Partial<GroupLabels>, signal: AbortSignal): Promise<ListedGroup[]> {
    const wanted = groupLabels(this.parts.installationId, labels);
    const containers = await this.containers.list(wanted, signal);
    const listed = new Map<string, ListedGroup>();
    for (const container of containers.sort(byIndex)) this.addContainer(listed, container);
    for (const directory of await this.parts.directories.list()) {
      if (holds(groupLabels(this.parts.installationId, directory.labels), wanted)) this.addDirectory(listed, directory);
    }
    return [...listed.values()];
  }

  async logs(handle: GroupHandle, member: string, maxBytes: number, signal: AbortSignal): Promise<string> {
    const id = this.read(handle).members.find(({ name }) => name === member)?.id;
    signal.throwIfAborted();
    if (!id || !(await this.containers.inspect(id, signal))) return '';
    const frames = await this.containers.logs(id, signal);
    return frames ? lastOfFrames(frames, maxBytes) : '';
  }

  /** Takes the installation's networks away where nothing uses them. An engine that is gone keeps it: that is no failure. */
  async close(): Promise<void> {
    const deadline = AbortSignal.timeout(TIDY_DEADLINE_MS);
    try {
      await this.networks.removeUnused(deadline);
    } catch (error) {
      const isGone = error instanceof BayError && error.code === 'driver_unavailable';
      if (!isGone && !deadline.aborted) throw error;
    } finally {
      this.parts.engine.close();
    }
  }

  private async ensureMember(
    { spec, member, index, network, reach, info }: MemberPlan,
    signal: AbortSignal,
  ): Promise<string> {
    const place = { labels: spec.labels, index, member };
    const { installationId, dialect } = this.parts;
    const options = await reach.prepare(place).catch((error: unknown) => {
      throw fileError('make the directory that it shares with a sandbox', error);
    });
    const id = await this.containers.ensure(
      containerOptions({
        installationId,
        spec,
        member,
        network,
        reach: options,
        dialect,
        ulimits: dialect.ulimits(info),
      }),
      signal,
    );
    const archive = reach.archive(place);
    if (archive) await this.putSecret(id, archive, signal);
    return id;
  }

  /** Not into a member that ran: it could have put a link where the secret goes. */
  private async putSecret(id: string, archive: Buffer, signal: AbortSignal): Promise<void> {
    const container = await this.containers.inspect(id, signal);
    if (container?.State.Status === 'created') await this.containers.putArchive(id, archive, signal);
  }

  /** By labels and not by the handle, which may be older than its last member. */
  private async removeSession(sessionId: string, signal: AbortSignal): Promise<void> {
    const containers = await this.containers.list({ [LABEL.sessionId]: sessionId }, signal);
    await Promise.all(containers.map(({ Id }) => this.containers.remove(Id, signal)));
    const left = (await this.parts.directories.list()).find(({ labels }) => labels.sessionId === sessionId);
    if (left) await this.removeDirectory(left, signal);
  }

  private async removeDirectory(left: LeftDirectory, signal: AbortSignal): Promise<void> {
    const { directories } = this.parts;
    const { sessionId } = left.labels;
    try {
      if (await directories.remove(sessionId)) return;
      await this.cleaner.empty(left, signal);
      if (await directories.remove(sessionId)) return;
    } catch (error) {
      throw error instanceof BayError || signal.aborted ? error : fileError('remove the directory of a sandbox', error);
    }
    throw new BayError('internal_error', `What a sandbox left in ${left.path} cannot be removed.`);
  }

  private addContainer(listed: Map<string, ListedGroup>, { Id, Labels, Created }: ContainerInfo): void {
    const labels = readGroupLabels(Labels);
    if (!labels) return;
    const known = listed.get(labels.sessionId);
    const before = known ? this.read(known.handle).members : [];
    const members = [...before, { name: Labels[LABEL.member] ?? '', id: Id }];
    listed.set(labels.sessionId, {
      handle: toHandle(this.name, { sessionId: labels.sessionId, members }),
      labels,
      createdAtMs: Math.min(known?.createdAtMs ?? Infinity, Created * 1000),
    });
  }

  private addDirectory(listed: Map<string, ListedGroup>, { labels, createdAtMs }: LeftDirectory): void {
    if (listed.has(labels.sessionId)) return;
    const handle = toHandle(this.name, { sessionId: labels.sessionId, members: [] });
    listed.set(labels.sessionId, { handle, labels, createdAtMs });
  }

  private read(handle: GroupHandle): HandleData {
    return readHandle(this.name, handle);
  }
}

/** Members of a group in the order of its spec. */
const byIndex = (a: ContainerInfo, b: ContainerInfo): number =>
  Number(a.Labels[LABEL.index] ?? 0) - Number(b.Labels[LABEL.index] ?? 0);

interface MemberPlan {
  readonly spec: GroupSpec;
  readonly member: MemberSpec;
  readonly index: number;
  readonly network: string;
  readonly reach: Reach;
  readonly info: EngineInfo;
}

function assertEnforceable(spec: GroupSpec, reach: Reach): void {
  if (spec.egress === 'open' || reach.worksWithoutNetwork) return;
  throw new BayError(
    'control_not_enforceable',
    'This engine reaches sandboxes by a port, so that they cannot be cut off from the network. Use egress: open.',
    { details: { control: 'egress_none' } },
  );
}
