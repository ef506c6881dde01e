import { parseBytes } from '../shared/units.js';
import type { ConfigProblem } from './config-error.js';
import { proxyVariables } from './proxy.js';
import type { RawConfig, RawContainer, RawProfile, RawProxy } from './schema.js';
import type { ContainerProfile, Profile } from './slices.js';

const DEFAULT_CAPABILITIES = ['filesystem', 'shell', 'python'] as const;
const DEFAULT_MEMORY = '1g';
const DEFAULT_PIDS = 512;
const SHIP_PORT = 8123;
const IDLE_TIMEOUT_SEC = 1800;
const POOL = {
  maxAgeSec: 1800,
  claimTimeoutMs: 200,
  attempts: 3,
  pauseMs: 200,
  longestPauseMs: 5000,
  breakerAfter: 10,
};

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
      const around = {
        written: written[index],
        image: config.ship_image,
        proxies: [raw.proxy, config.proxy],
        spares: config.warm_pool.size,
      };
      const profile = normalise(raw, around);
      profiles.push(profile);
      notices.push(...unserved(raw, profile).map((what) => `${path}.containers: ${what}`));
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
  /** The nearest first. */
  readonly proxies: readonly (RawProxy | null | undefined)[];
  /** Of a profile that names no number. */
  readonly spares: number;
}

function normalise(raw: RawProfile, around: Surroundings): Profile {
  const long = raw.containers?.map((container, index) =>
    containerOf(container, container.name, memberOf(around, { index, proxy: container.proxy })),
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
    pool: poolOf(raw, around.spares),
    capabilities: first
      ? [...new Set(containers.flatMap(({ capabilities }) => capabilities))].sort()
      : [...new Set(containers[0].capabilities)],
    containers,
  });
}

const poolOf = (raw: RawProfile, spares: number): Profile['pool'] => ({
  size: raw.warm_pool_size ?? spares,
  maxAgeMs: (raw.warm_rotate_ttl ?? POOL.maxAgeSec) * 1000,
  claimTimeoutMs: raw.warm_claim_timeout_ms ?? POOL.claimTimeoutMs,
  retry: {
    attempts: raw.warmup_retry_max_attempts ?? POOL.attempts,
    pauseMs: raw.warmup_retry_backoff_base_ms ?? POOL.pauseMs,
    longestPauseMs: raw.warmup_retry_backoff_max_ms ?? POOL.longestPauseMs,
    breakerAfter: raw.warmup_circuit_breaker_threshold ?? POOL.breakerAfter,
  },
});

/** An empty list means the same as none. */
const withDefaultCapabilities = (raw: RawProfile): RawProfile => ({
  ...raw,
  capabilities: raw.capabilities?.length ? raw.capabilities : [...DEFAULT_CAPABILITIES],
});

const memberOf = (
  { written, proxies, ...around }: Surroundings,
  { index, proxy }: { index: number; proxy: RawContainer['proxy'] },
): Surroundings => ({
  written: (written as { containers?: readonly unknown[] } | undefined)?.containers?.[index],
  ...around,
  proxies: [proxy, ...proxies],
});

function containerOf(
  raw: RawProfile | RawContainer,
  named: string,
  { written, image, proxies }: Surroundings,
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
    env: { ...proxyVariables(proxies), ...raw.env },
  };
}

/** The one called `primary` or `ship` leads, else the first. */
function primaryFirst(containers: readonly [ContainerProfile, ...ContainerProfile[]]): Profile['containers'] {
  const primary = containers.find(({ name }) => name === 'primary' || name === 'ship') ?? containers[0];
  return [primary, ...containers.filter((one) => one !== primary)];
}

/** What the primary container does although the profile gives it to another one: only the primary one is called. */
function unserved(raw: RawProfile, { id, containers: [primary, ...others] }: Profile): string[] {
  const first = (key: 'primary_for' | 'capabilities', capability: string) =>
    raw.containers?.find((container) => container[key]?.includes(capability))?.name;
  return others.map(({ name, capabilities }) => {
    const routed = capabilities.filter(
      (capability) => (first('primary_for', capability) ?? first('capabilities', capability)) === name,
    );
    const instead = routed.length > 0 ? ` ${routed.join(', ')} runs in ${primary.name}.` : '';
    return `${name} of the profile ${id} is started, but calls go to ${primary.name} alone.${instead}`;
  });
}

const hasDuplicates = (containers: readonly RawContainer[]): boolean =>
  new Set(containers.map(({ name }) => name)).size < containers.length;

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
