import { RUN_DIR, SOCKET_NAME } from '@bay/protocol';
import { type Place, type Reach, type ReachOptions } from './reach.js';
import { type RunDirectories } from './run-directory.js';

export interface SharingFacts {
  /** Bay is root, and a uid inside is the same uid outside. */
  readonly ownedByAgent: boolean;
  /** The engine labels files for SELinux: a shared directory needs the member's label. */
  readonly relabel: boolean;
}

/** The agent listens on a socket in a directory of this machine that is bound into the member. No network is needed. */
export class SharedDirectoryReach implements Reach {
  readonly name = 'socket in a shared directory';
  readonly worksWithoutNetwork = true;

  constructor(
    private readonly directories: RunDirectories,
    private readonly facts: SharingFacts,
  ) {}

  async prepare({ labels, index, member }: Place): Promise<ReachOptions> {
    await this.directories.ensureGroup(labels, member.image);
    const { ownedByAgent, relabel } = this.facts;
    const source = await this.directories.ensureMember(labels.sessionId, index, member.secret, ownedByAgent);
    return {
      listen: `unix:${RUN_DIR}/${SOCKET_NAME}`,
      container: {},
      // Only the short form of a bind can relabel; it cannot hold a path with a colon.
      host: relabel
        ? { Binds: [`${source}:${RUN_DIR}:Z`] }
        : { Mounts: [{ Type: 'bind', Source: source, Target: RUN_DIR }] },
    };
  }

  archive(): null {
    return null;
  }
}
