import { type VolumeInspectInfo } from 'dockerode';
import { type ListedVolume, type VolumePort, type VolumeRef, type VolumeSpec } from '../driver.js';
import { BayError } from '../../shared/errors.js';
import { type EngineClient } from './engine-client.js';
import { groupLabels, holds, installationLabels, LABEL, labelFilter } from './labels.js';

/** Workspaces as named volumes of the engine. Their size is not limited: the engine's own volumes know no limit. */
export class EngineVolumes implements VolumePort {
  constructor(
    private readonly engine: EngineClient,
    private readonly installationId: string,
  ) {}

  async ensure({ workspaceId }: VolumeSpec, signal: AbortSignal): Promise<VolumeRef> {
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
            throw new BayError('conflict', `The volume ${ref} is in use.`, { cause });
          },
        },
      },
      (docker, abortSignal) => docker.getVolume(ref).remove({ abortSignal }) as Promise<unknown>,
    );
  }

  async exists(ref: VolumeRef, signal: AbortSignal): Promise<boolean> {
    const volume = await this.engine.call<VolumeInspectInfo, null>(
      { what: 'inspect a volume', signal, on: { 404: () => null } },
      (docker, abortSignal) => docker.getVolume(ref).inspect({ abortSignal }),
    );
    return volume !== null && holds(volume.Labels, installationLabels(this.installationId));
  }

  async list(signal: AbortSignal): Promise<ListedVolume[]> {
    const filters = labelFilter(installationLabels(this.installationId));
    const { Volumes } = await this.engine.call({ what: 'list volumes', signal }, (docker, abortSignal) =>
      docker.listVolumes({ filters, abortSignal }),
    );
    // An engine without a single volume answers null.
    return ((Volumes as VolumeInspectInfo[] | null) ?? []).map(({ Name, Labels }) => ({
      ref: Name,
      workspaceId: Labels[LABEL.workspaceId] ?? '',
    }));
  }
}
