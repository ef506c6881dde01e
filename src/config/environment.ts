import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { codeOf } from '../shared/error-code.js';
import type { ConfigProblem } from './config-error.js';
import { CONFIG } from './schema.js';
import type { Layers } from './tree.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** Names without sections. The last one that is set wins; `BAY_SECTION__KEY` wins over all of them. */
const PLAIN: readonly (readonly [name: string, path: readonly string[]])[] = [
  ['HOST', ['server', 'host']],
  ['PORT', ['server', 'port']],
  ['BAY_DATA_DIR', ['server', 'data_dir']],
  ['ACCESS_TOKEN', ['security', 'api_key']],
  ['BAY_API_KEY', ['security', 'api_key']],
  ['BAY_JWT_SECRET', ['security', 'jwt', 'secret']],
  ['BAY_INSTANCE_KEY', ['security', 'instance_key']],
  ['CONTAINER_DRIVER', ['driver', 'type']],
  ['DOCKER_HOST', ['driver', 'docker', 'socket']],
  ['CONTAINER_HOST', ['driver', 'podman', 'socket']],
  ['DOCKER_IMAGE', ['ship_image']],
  ['DATABASE_URL', ['database', 'url']],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', ['telemetry', 'otlp_endpoint']],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', ['telemetry', 'otlp_traces_endpoint']],
  ['OTEL_SERVICE_NAME', ['telemetry', 'service_name']],
  ['MAX_SHIP_NUM', ['limits', 'running']],
  ['WARM_POOL_ENABLED', ['warm_pool', 'enabled']],
  ['WARM_POOL_MIN_SIZE', ['warm_pool', 'size']],
  ['WARM_POOL_MAX_SIZE', ['warm_pool', 'max_size']],
  ['WARM_POOL_REPLENISH_INTERVAL', ['warm_pool', 'interval_seconds']],
  ['MAX_UPLOAD_SIZE', ['limits', 'upload']],
  ['DEFAULT_SHIP_TTL', ['ships', 'default_ttl']],
  ['DEFAULT_SHIP_CPUS', ['ships', 'default_cpus']],
  ['DEFAULT_SHIP_MEMORY', ['ships', 'default_memory']],
  ['DEFAULT_SHIP_DISK', ['ships', 'default_disk']],
  ['BEHAVIOR_AFTER_MAX_SHIP', ['limits', 'behavior_after_max_ship']],
];

/** What is read from a file when `NAME_FILE` is set. */
const FROM_FILE = 'ACCESS_TOKEN BAY_API_KEY BAY_INSTANCE_KEY BAY_JWT_SECRET DATABASE_URL'.split(' ');

const TOP_KEYS = new Set(Object.keys(CONFIG.entries));

/**
 * The environment over `.env` of the working directory; what is empty counts as unset. Names that begin with `BAY_` are
 * read in any case; the one in capitals wins.
 */
export function readEnv(env: Env, cwd: string): Env {
  const file = join(cwd, '.env');
  const merged = { ...(existsSync(file) ? parseDotenv(readFileSync(file)) : {}), ...env };
  const set = Object.entries(merged).filter(([, value]) => value !== undefined && value !== '');
  const small = set
    .filter(([name]) => /^bay_/i.test(name))
    .map(([name, value]) => [name.toUpperCase(), value] as const);
  return Object.fromEntries([...small, ...set]);
}

export function addEnvironment(layers: Layers, env: Env, cwd: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const values = { ...env, ...readSecretFiles(env, cwd, problems) };
  for (const [name, path] of PLAIN) {
    const value = values[name];
    if (value !== undefined) layers.set(path, value, name);
  }
  const sectioned = Object.entries(values).flatMap(([name, value]) => {
    const path = sectionPath(name);
    return path && value !== undefined ? [{ name, path, value }] : [];
  });
  // A whole section as JSON first, its single keys over it.
  for (const { name, path, value } of sectioned.sort((a, b) => a.path.length - b.path.length)) {
    layers.set(path, parseValue(value), name);
  }
  return problems;
}

/** `BAY_GC__INTERVAL_SECONDS` is `gc.interval_seconds`; `BAY_PROFILES` is the list, `BAY_GC` the section as JSON. */
function sectionPath(name: string): string[] | undefined {
  if (!name.startsWith('BAY_')) return undefined;
  const path = name.slice(4).toLowerCase().split('__');
  return path.length > 1 || TOP_KEYS.has(path[0] ?? '') ? path : undefined;
}

/** Lists and mappings are written as JSON. */
function parseValue(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // Not JSON after all: the schema says what it should have been.
    return value;
  }
}

function readSecretFiles(env: Env, cwd: string, problems: ConfigProblem[]): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const name of FROM_FILE) {
    const file = env[`${name}_FILE`];
    if (file === undefined) continue;
    if (env[name] !== undefined) {
      problems.push({ path: name, message: `both ${name} and ${name}_FILE are set.`, hint: 'Keep one of them.' });
      continue;
    }
    try {
      secrets[name] = readFileSync(resolve(cwd, file), 'utf8').trim();
    } catch (cause) {
      problems.push({ path: `${name}_FILE`, message: `${file} cannot be read (${codeOf(cause) ?? String(cause)}).` });
    }
  }
  return secrets;
}
