import { createHash } from 'node:crypto';
import { type ContainerProfile, type Profile } from '../config/slices.js';

/**
 * Names all that is fixed when a sandbox of the profile starts, so that a spare made from another configuration is told from
 * one that fits. What is bound late has no part in it: environment, owner, life time, idle timeout.
 */
export function spareKey(profile: Pick<Profile, 'egress' | 'containers'>, workspaceSizeMb: number): string {
  const facts = [profile.egress, workspaceSizeMb, ...profile.containers.map(fixed)];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

const fixed = ({ name, image, runtime, port, cpus, memoryBytes, pids }: ContainerProfile) => [
  name,
  image,
  runtime,
  port,
  cpus,
  memoryBytes,
  pids,
];
