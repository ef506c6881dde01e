import { type ContainerProfile, type Profile } from '../config/slices.js';
import { spareKey } from './spare-key.js';

const CONTAINER: ContainerProfile = {
  name: 'primary',
  image: 'ship:latest',
  runtime: 'ship',
  port: 8123,
  cpus: 1,
  memoryBytes: 2 ** 30,
  memory: '1g',
  pids: 512,
  capabilities: ['python'],
  env: {},
};
const profile = (change: Partial<Profile> = {}, container: Partial<ContainerProfile> = {}): Profile => ({
  id: 'one',
  description: null,
  idleTimeoutSec: 60,
  egress: 'open',
  pool: {
    size: 1,
    maxAgeMs: 1,
    claimTimeoutMs: 1,
    retry: { attempts: 1, pauseMs: 1, longestPauseMs: 1, breakerAfter: 1 },
  },
  capabilities: ['python'],
  containers: [{ ...CONTAINER, ...container }],
  ...change,
});

it.each<[string, Profile, number]>([
  ['egress', profile({ egress: 'none' }), 1024],
  ['image', profile({}, { image: 'ship:other' }), 1024],
  ['cpus', profile({}, { cpus: 2 }), 1024],
  ['memory', profile({}, { memoryBytes: 1 }), 1024],
  ['pids', profile({}, { pids: 1 }), 1024],
  ['port', profile({}, { port: 1 }), 1024],
  ['a second container', profile({ containers: [CONTAINER, { ...CONTAINER, name: 'two' }] }), 1024],
  ['the size of its workspace', profile(), 1],
])('another %s is another spare', (_, other, size) => {
  expect(spareKey(other, size)).not.toBe(spareKey(profile(), 1024));
});

it.each<[string, Profile]>([
  ['environment', profile({}, { env: { A: 'b' } })],
  ['idle timeout', profile({ idleTimeoutSec: 1 })],
  ['description', profile({ description: 'words' })],
  ['capabilities', profile({ capabilities: [] }, { capabilities: [] })],
  ['size of the pool', profile({ pool: { ...profile().pool, size: 9 } })],
])('what is bound late makes no difference: %s', (_, other) => {
  expect(spareKey(other, 1024)).toBe(spareKey(profile(), 1024));
});
