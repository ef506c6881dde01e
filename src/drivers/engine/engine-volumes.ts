import { type VolumeInspectInfo } from 'dockerode';
import { type ListedVolume, type VolumePort, type VolumeRef, type VolumeSpec } from '../driver.js';
import { BayError } from '../../shared/errors.js';
import { type EngineClient } from './engine-client.js';
import { type EngineLabels, groupLabels, holds, installationLabels, LABEL, labelFilter } from './labels.js';

/** Marks refs of volumes that another program made: they have not the labels that tell this installation's own. */
const ADOPTED = 'adopted:';

/** What the engine calls the volume of a ref. */
export const volumeName = (ref: VolumeRef): string => (isAdopted(ref) ? ref.slice(ADOPTED.length) : ref);

const isAdopted = (ref: VolumeRef): boolean => ref.startsWith(ADOPTED);

/** The engine's own rule; anything else (a path of the host) is no name of a volume. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

/** Workspaces as named volumes of the engine. Their size is not limited: the engine's own volumes know no limit. */
export class EngineVolumes implements VolumePort {
  constructor(
    private readonly engine: EngineClient,
    private readonly installationId: string,
  ) {}

  async ensure({ workspaceId, ref }: VolumeSpec, signal: AbortSignal): Promise<VolumeRef> {
    if (ref && isAdopted(ref)) {
      await this.assertThere(ref, signal);
      return ref;
    }
    const Name = `bay-cargo-${workspaceId}`;
    const Labels = groupLabels(this.installationId, { workspaceId });
    // The engine answers with the existing volume of that name, whatever its labels are.
    await this.engine.call({ what: 'make a volume', signal }, (docker, abortSignal) =>
      docker.createVolume({ Name, Driver: 'local', Labels, abortSignal }),
    );
    if (await this.exists(Name, signal)) return Name;
    throw new BayError('conflict', `The volume ${Name} on this engine belongs to somebody else.`);
  }

  async remove(ref: VolumeRef, signal: AbortSignal): Promise<void> {
    if (!(await this.exists(ref, signal))) return;
    await this.engine.call(
      {
        what: 'remove a volume',
        signal,
        on: {
          404: () => undefined,
          409: (cause) => {
            throw new BayError('conflict', `The volume ${volumeName(ref)} is in use.`, { cause });
          },
        },
      },
      (docker, abortSignal) => docker.getVolume(volumeName(ref)).remove({ abortSignal }) as Promise<unknown>,
    );
  }

  async exists(ref: VolumeRef, signal: AbortSignal): Promise<boolean> {
    const volume = await this.inspect(volumeName(ref), signal);
    if (volume === null) return false;
    return isAdopted(ref) ? this.isFree(volume.Labels) : this.isOurs(volume.Labels);
  }

  async adopt(name: string, signal: AbortSignal): Promise<VolumeRef> {
    const volume = NAME.test(name) ? await this.inspect(name, signal) : null;
    if (volume === null) throw new BayError('not_found', `The engine has no volume ${name}.`);
    if (this.isOurs(volume.Labels)) return name;
    if (this.isFree(volume.Labels)) return `${ADOPTED}${name}`;
    throw new BayError('conflict', `The volume ${name} belongs to another installation.`);
  }

  async list(signal: AbortSignal): Promise<ListedVolume[]> {
    const filters = labelFilter(installationLabels(this.installationId));
    const { Volumes } = await this.engine.call({ what: 'list volumes', signal }, (docker, abortSignal) =>
      docker.listVolumes({ filters, abortSignal }),
    );
    // An engine without a single volume answers null; Podman takes several labels for alternatives.
    return ((Volumes as VolumeInspectInfo[] | null) ?? [])
      .filter(({ Labels }) => this.isOurs(Labels))
      .map(({ Name, Labels }) => ({ ref: Name, workspaceId: Labels[LABEL.workspaceId] ?? '' }));
  }

  /** A container that names a missing volume would be given an empty one, and the loss would look like a start. */
  async assertThere(ref: VolumeRef, signal: AbortSignal): Promise<void> {
    if (await this.exists(ref, signal)) return;
    throw new BayError('start_failed', `The volume ${volumeName(ref)} is not on this engine any more.`);
  }

  private inspect(name: string, signal: AbortSignal): Promise<VolumeInspectInfo | null> {
    return this.engine.call<VolumeInspectInfo, null>(
      { what: 'inspect a volume', signal, on: { 404: () => null } },
      (docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }),
    );
  }

  private isOurs(labels: EngineLabels | null): boolean {
    return holds(labels, installationLabels(this.installationId));
  }

  /** Belongs to no installation, or, made again by the engine for a late container, to this one. */
  private isFree(labels: EngineLabels | null): boolean {
    const installation = labels?.[LABEL.installation];
    return installation === undefined || installation === this.installationId;
  }
}
