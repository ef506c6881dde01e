import { parseBytes } from '../shared/units.js';
import type { ConfigProblem } from './config-error.js';
import type { RawConfig, RawContainer, RawProfile } from './schema.js';
import type { ContainerProfile, Profile } from './slices.js';

const DEFAULT_CAPABILITIES = ['filesystem', 'shell', 'python'] as const;
const DEFAULT_MEMORY = '1g';
const DEFAULT_PIDS = 512;
const SHIP_PORT = 8123;
const IDLE_TIMEOUT_SEC = 1800;

export interface NormalisedProfiles {
  readonly profiles: readonly Profile[];
  readonly problems: readonly ConfigProblem[];
  /** What was left out, for people. */
  readonly notices: readonly string[];
}

/**
 * Both written forms become one: with `containers` as they are, without them one container named `primary`. The capabilities
 * that clients see are in the written order for the short form and sorted for the long one.
 *
 * `memory` takes the text as written, which the schema has turned into bytes: hence the raw tree beside the checked values.
 */
export function normaliseProfiles(config: RawConfig, written: readonly unknown[]): NormalisedProfiles {
  const problems: ConfigProblem[] = [];
  const notices: string[] = [];
  const profiles: Profile[] = [];
  config.profiles.forEach((raw, index) => {
    const path = `profiles[${index}]`;
    const foreign = [raw, ...(raw.containers ?? [])].find((one) => (one.runtime_type ?? 'ship') !== 'ship');
    if (foreign) {
      notices.push(
        `The profile ${raw.id} is left out: this version has no runtime ${foreign.runtime_type}, only ship.`,
      );
    } else if (profiles.some(({ id }) => id === raw.id)) {
      problems.push({ path: `${path}.id`, message: `${raw.id} is there twice.` });
    } else {
      profiles.push(normalise(raw, { written: written[index], image: config.ship_image }));
      if (hasDuplicates(raw.containers ?? []))
        problems.push({ path: `${path}.containers`, message: 'two have the same name.' });
    }
  });
  if (profiles.length === 0 && problems.length === 0) {
    problems.push({ path: 'profiles', message: 'none can be offered.', hint: 'Add one with runtime_type: ship.' });
  }
  return { profiles, problems, notices };
}

interface Surroundings {
  readonly written: unknown;
  readonly image: string;
}

function normalise(raw: RawProfile, around: Surroundings): Profile {
  const long = raw.containers?.map((container, index) =>
    containerOf(container, container.name, memberOf(around, index)),
  );
  const [first, ...rest] = long ?? [];
  const containers = first
    ? primaryFirst([first, ...rest])
    : ([containerOf(withDefaultCapabilities(raw), 'primary', around)] as const);
  return deepFreeze({
    id: raw.id,
    description: raw.description ?? null,
    idleTimeoutSec: raw.idle_timeout ?? IDLE_TIMEOUT_SEC,
    egress: raw.egress ?? 'open',
    capabilities: first
      ? [...new Set(containers.flatMap(({ capabilities }) => capabilities))].sort()
      : [...new Set(containers[0].capabilities)],
    containers,
  });
}

/** An empty list means the same as none. */
const withDefaultCapabilities = (raw: RawProfile): RawProfile => ({
  ...raw,
  capabilities: raw.capabilities?.length ? raw.capabilities : [...DEFAULT_CAPABILITIES],
});

const memberOf = ({ written, image }: Surroundings, index: number): Surroundings => ({
  written: (written as { containers?: readonly unknown[] } | undefined)?.containers?.[index],
  image,
});

function containerOf(
  raw: RawProfile | RawContainer,
  named: string,
  { written, image }: Surroundings,
): ContainerProfile {
  const memory = (written as { resources?: { memory?: unknown } } | undefined)?.resources?.memory;
  return {
    name: named,
    image: raw.image ?? image,
    runtime: 'ship',
    port: raw.runtime_port ?? SHIP_PORT,
    cpus: raw.resources?.cpus ?? 1,
    memoryBytes: raw.resources?.memory ?? parseBytes(DEFAULT_MEMORY) ?? 0,
    memory: memory === undefined || memory === null ? DEFAULT_MEMORY : String(memory),
    pids: raw.resources?.pids ?? DEFAULT_PIDS,
    capabilities: raw.capabilities ?? [],
    env: raw.env ?? {},
  };
}

/** The one called `primary` or `ship` leads, else the first. */
function primaryFirst(containers: readonly [ContainerProfile, ...ContainerProfile[]]): Profile['containers'] {
  const primary = containers.find(({ name }) => name === 'primary' || name === 'ship') ?? containers[0];
  return [primary, ...containers.filter((one) => one !== primary)];
}

const hasDuplicates = (containers: readonly RawContainer[]): boolean =>
  new Set(containers.map(({ name }) => name)).size < containers.length;

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
