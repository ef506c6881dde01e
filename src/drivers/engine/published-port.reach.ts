import { type Place, type Reach, type ReachOptions } from './reach.js';
import { secretArchive } from './secret-archive.js';

/** Bay and its members are on one machine, or the machine forwards: nothing else may reach an agent. */
const LOOPBACK = '127.0.0.1';

/** The agent listens on its port, which the engine publishes on this machine's loopback under a number of its choice. */
export class PublishedPortReach implements Reach {
  readonly name = 'port on loopback';
  readonly worksWithoutNetwork = false;

  async prepare({ member }: Place): Promise<ReachOptions> {
    const port = `${member.port}/tcp`;
    return {
      listen: `tcp:${member.port}`,
      container: { ExposedPorts: { [port]: {} } },
      host: { PortBindings: { [port]: [{ HostIp: LOOPBACK, HostPort: '' }] } },
    };
  }

  archive({ member }: Place): Buffer {
    return secretArchive(member.secret);
  }
}
