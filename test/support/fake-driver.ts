import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import {
  type Driver,
  type DriverReport,
  type GroupHandle,
  type GroupLabels,
  type GroupSeen,
  type GroupSpec,
  type GroupState,
  type ImagePower,
  type ListedGroup,
  type ListedVolume,
  type UsagePower,
  type VolumePort,
} from '../../src/drivers/driver.js';
import { DRIVER } from '../../src/drivers/driver.token.js';
import { type IsolationReport } from '../../src/drivers/isolation.js';
import { BayError } from '../../src/shared/errors.js';
import { FakeAgent } from './fake-agent.js';
import { tempDir } from './temp-dir.js';

interface Group {
  readonly spec: GroupSpec;
  state: GroupState;
  agent: FakeAgent | null;
  readonly socket: string;
}

type Operation =
  'ensureGroup' | 'start' | 'remove' | 'inspect' | 'list' | 'volumes.ensure' | 'volumes.remove' | 'usage.read';

/** An engine in memory with real agents on real sockets. Its operations can be held, failed and counted. */
export class FakeDriver implements Driver {
  readonly name = 'fake';
  readonly groups = new Map<string, Group>();
  readonly volumeNames = new Set<string>();
  readonly calls: Operation[] = [];
  /** Thrown by the next call of that operation, and by all after it until it is taken out. */
  readonly failures = new Map<Operation, Error>();
  private readonly gates = new Map<Operation, Promise<void>>();
  private readonly dir = tempDir();
  /** What every image is identified by. */
  imageId = 'first build';
  /** By the engine's clock. */
  createdAtMs = 0;

  /** Calls of `operation` wait until the returned function is called, or their signal aborts. */
  hold(operation: Operation): () => void {
    let open: () => void = () => undefined;
    this.gates.set(
      operation,
      new Promise<void>((resolve) => {
        open = () => {
          this.gates.delete(operation);
          resolve();
        };
      }),
    );
    return open;
  }

  count(operation: Operation): number {
    return this.calls.filter((call) => call === operation).length;
  }

  /** The agents that run now. */
  get agents(): FakeAgent[] {
    return [...this.groups.values()].flatMap(({ agent }) => (agent ? [agent] : []));
  }

  async probe(): Promise<DriverReport> {
    return { engine: 'fake', isolation: {} as IsolationReport };
  }

  async ensureGroup(spec: GroupSpec, signal: AbortSignal): Promise<GroupHandle> {
    await this.enter('ensureGroup', signal);
    const { sessionId } = spec.labels;
    if (!this.groups.has(sessionId)) this.add(spec);
    return handleOf(sessionId);
  }

  /** What a crash can leave: a group that no row knows. */
  add(spec: GroupSpec): void {
    const socket = join(this.dir.path, `${randomUUID().slice(0, 8)}.sock`);
    this.groups.set(spec.labels.sessionId, { spec, state: 'created', agent: null, socket });
  }

  async start(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    await this.enter('start', signal);
    const group = this.group(handle);
    if (!group || group.agent) return;
    const [member] = group.spec.members;
    if (!member) throw new Error('A group without members was started.');
    group.agent = await FakeAgent.listen(group.socket, member.secret);
    group.state = 'running';
  }

  async stop(handle: GroupHandle): Promise<void> {
    await this.kill(handle);
  }

  /** Ends the processes behind Bay's back. */
  async kill(handle: GroupHandle): Promise<void> {
    const group = this.group(handle);
    if (!group) return;
    await group.agent?.close();
    group.agent = null;
    group.state = 'broken';
  }

  async killAll(): Promise<void> {
    for (const id of this.groups.keys()) await this.kill(handleOf(id));
  }

  async remove(handle: GroupHandle, signal: AbortSignal): Promise<void> {
    await this.enter('remove', signal);
    await this.kill(handle);
    this.groups.delete(String(handle.data.sessionId));
  }

  async inspect(handle: GroupHandle, signal: AbortSignal): Promise<GroupSeen> {
    await this.enter('inspect', signal);
    const group = this.group(handle);
    if (!group) return { state: 'absent', members: [] };
    const state = group.state === 'running' ? 'running' : group.state === 'created' ? 'created' : 'exited';
    const endpoint = group.agent ? { kind: 'unix' as const, path: group.socket } : null;
    const members = group.spec.members.map(({ name }) => ({
      name,
      state,
      exitCode: null,
      outOfMemory: false,
      endpoint,
    }));
    return { state: group.state, members: members as GroupSeen['members'] };
  }

  async list(labels: Partial<GroupLabels>, signal: AbortSignal): Promise<ListedGroup[]> {
    await this.enter('list', signal);
    return [...this.groups.values()]
      .map(({ spec }) => ({
        handle: handleOf(spec.labels.sessionId),
        labels: spec.labels,
        createdAtMs: this.createdAtMs,
      }))
      .filter((group) => !labels.sessionId || group.labels.sessionId === labels.sessionId);
  }

  async logs(): Promise<string> {
    return 'the last words';
  }

  readonly volumes: VolumePort = {
    ensure: async ({ workspaceId, ref }, signal) => {
      await this.enter('volumes.ensure', signal);
      if (ref?.startsWith('adopted:')) return ref;
      this.volumeNames.add(`bay-cargo-${workspaceId}`);
      return `bay-cargo-${workspaceId}`;
    },
    remove: async (ref, signal) => {
      await this.enter('volumes.remove', signal);
      this.volumeNames.delete(ref);
    },
    exists: async (ref) => this.volumeNames.has(ref),
    adopt: async (name) => {
      if (this.volumeNames.has(`adopted:${name}`)) return `adopted:${name}`;
      throw new BayError('not_found', `The engine has no volume ${name}.`);
    },
    // Those of others have not the labels by which they would be found.
    list: async (): Promise<ListedVolume[]> =>
      [...this.volumeNames]
        .filter((ref) => !ref.startsWith('adopted:'))
        .map((ref) => ({ ref, workspaceId: ref.slice('bay-cargo-'.length) })),
  };

  readonly images: ImagePower = { identify: async () => this.imageId };

  readonly usage: UsagePower = {
    read: async (handle, signal) => {
      await this.enter('usage.read', signal);
      return this.group(handle)?.agent ? { memoryBytes: 30 * 2 ** 20, cpuSec: 1.5 } : null;
    },
  };

  async close(): Promise<void> {
    await this.killAll();
    this.dir.remove();
  }

  private group(handle: GroupHandle): Group | undefined {
    return this.groups.get(String(handle.data.sessionId));
  }

  private async enter(operation: Operation, signal: AbortSignal): Promise<void> {
    this.calls.push(operation);
    const gate = this.gates.get(operation);
    if (gate) await Promise.race([gate, aborted(signal)]);
    const failure = this.failures.get(operation);
    if (failure) throw failure;
  }
}

const handleOf = (sessionId: string): GroupHandle => ({ driver: 'fake', version: 1, data: { sessionId } });

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

@Module({})
export class FakeDriverModule {
  static with(driver: Driver): DynamicModule {
    return {
      module: FakeDriverModule,
      global: true,
      providers: [{ provide: DRIVER, useValue: driver }],
      exports: [DRIVER],
    };
  }
}
