import { type ContainerInspectInfo } from 'dockerode';
import { RUN_DIR, SOCKET_NAME } from '@bay/protocol';
import { type Endpoint, type GroupState, type MemberSeen } from '../driver.js';
import { LABEL } from './labels.js';

/** What the engine's inspect says of a container, in the port's words. */
export function memberSeen(name: string, container: ContainerInspectInfo | null): MemberSeen {
  if (container === null) return { name, state: 'absent', exitCode: null, outOfMemory: false, endpoint: null };
  const state = memberState(container.State.Status);
  return {
    name,
    state,
    exitCode: state === 'exited' ? container.State.ExitCode : null,
    // The engine also notes it when a part of the sandbox ran out of memory and the rest went on.
    outOfMemory: state === 'exited' && container.State.OOMKilled,
    endpoint: state === 'running' ? endpointOf(container) : null,
  };
}

/**
 * The engine also knows restarting, removing and dead: none of them runs, and none comes back. Podman calls what it has
 * prepared but not started initialized.
 */
export function memberState(status: string): MemberSeen['state'] {
  if (status === 'initialized') return 'created';
  if (status === 'created' || status === 'running' || status === 'paused') return status;
  return 'exited';
}

export function groupState(members: readonly MemberSeen[]): GroupState {
  const all = (...states: MemberSeen['state'][]): boolean => members.every(({ state }) => states.includes(state));
  if (all('absent')) return 'absent';
  if (all('running')) return 'running';
  // A start that was cut off half-way: starting again completes it.
  if (all('created', 'running')) return 'created';
  return 'broken';
}

/** Read from the container itself, so that it holds however this Bay would reach a new one. */
function endpointOf({ Mounts, NetworkSettings, Config }: ContainerInspectInfo): Endpoint | null {
  const directory = Mounts.find(({ Destination, Type }) => Destination === RUN_DIR && Type === 'bind');
  if (directory) return { kind: 'unix', path: `${directory.Source}/${SOCKET_NAME}` };
  const published = NetworkSettings.Ports[`${Config.Labels[LABEL.port]}/tcp`]?.[0];
  return published ? { kind: 'tcp', host: published.HostIp, port: Number(published.HostPort) } : null;
}
