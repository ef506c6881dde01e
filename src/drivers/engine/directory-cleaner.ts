import { groupLabels, LABEL } from './labels.js';
import { type EngineClient } from './engine-client.js';
import { type EngineContainers } from './engine-containers.js';
import { type LeftDirectory } from './run-directory.js';

const MOUNT = '/left';
const DEADLINE_MS = 60_000;

/**
 * Deletes what a sandbox made in its shared directory where Bay, an ordinary user, may not: with the agent's uid the sandbox
 * can make directories there that only it may enter. A container of the sandbox's own image does it, with the single right
 * to do so, without a network, and with nothing of this machine but that directory.
 */
export class DirectoryCleaner {
  constructor(
    private readonly engine: EngineClient,
    private readonly containers: EngineContainers,
    private readonly installationId: string,
  ) {}

  async empty({ path, labels, image }: LeftDirectory, signal: AbortSignal): Promise<void> {
    const options = {
      Image: image,
      User: '0:0',
      WorkingDir: '/',
      Entrypoint: ['find', MOUNT, '-mindepth', '2', '-delete'],
      Cmd: [],
      // Labelled as a part of the group: should Bay end here, the group's next removal takes it along.
      Labels: { ...groupLabels(this.installationId, labels), [LABEL.member]: 'cleaner' },
      HostConfig: {
        Mounts: [{ Type: 'bind' as const, Source: path, Target: MOUNT }],
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        CapAdd: ['DAC_OVERRIDE'],
        SecurityOpt: ['no-new-privileges:true'],
      },
    };
    const id = await this.containers.create(options, signal);
    await this.containers.start(id, signal);
    await this.engine.call(
      { what: 'wait for a container', signal, deadlineMs: DEADLINE_MS },
      (docker, abortSignal) => docker.getContainer(id).wait({ abortSignal }) as Promise<unknown>,
    );
    await this.containers.remove(id, signal);
  }
}
